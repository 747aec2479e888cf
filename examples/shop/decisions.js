// The shop's rules. A team with a policy engine asks it here.
const LARGE = 200

export const lookup = () => ({ outcome: 'allow', policy: { id: 'orders-read' } })

export const refund = ({ total }, amount) => ({
  outcome: amount <= total && amount <= LARGE ? 'allow' : 'deny',
  policy: { id: 'refunds', version: '2' },
})

/** Open until a person has answered: `{ by, at, isApproved }`. */
export function deletion(answer) {
  const policy = { id: 'deletions', version: '1' }
  if (answer === undefined) return { outcome: 'escalate', policy }
  const outcome = answer.isApproved ? 'escalate' : 'deny'
  return { outcome, policy, approver: { id: answer.by }, at: answer.at }
}

/** Asking for approval is an act of its own, which everyone may do. */
export const request = () => ({ outcome: 'allow', policy: { id: 'approval-requests' } })

export const receipt = () => ({ outcome: 'not_required', policy: { id: 'receipts' } })

export const cleanup = () => ({ outcome: 'allow', policy: { id: 'retention', version: '4' } })
