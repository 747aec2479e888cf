package refunds

# Who may refund, by itself and through an agent.
clerks := {"mia@contoso.com"}

agents := {"refund-assistant": 100}

default decision := {"allow": false}

decision := {"unevaluated": "the input principal is missing"} if not input.principal

decision := {"unevaluated": "the input arguments.amount is missing"} if {
	input.principal
	not input.arguments.amount
}

decision := {"allow": true} if {
	input.principal_alone
	clerks[input.principal.id]
	input.arguments.amount
}

decision := {"allow": true} if {
	agent_may
	input.arguments.amount <= agents[input.actor.id]
}

decision := {"outcome": "escalate"} if {
	agent_may
	input.arguments.amount > agents[input.actor.id]
	input.arguments.amount <= 1000
}

decision := {"outcome": "modify", "arguments": {"amount": 1000}} if {
	agent_may
	input.arguments.amount > 1000
}

agent_may if {
	not input.principal_alone
	input.principal
	agents[input.actor.id]
	input.assurance in {"asserted", "verified"}
}

# It has no default: without an amount it is undefined.
small if input.arguments.amount < 10
