/**
 * The mail of DESIGN's example: Kai asks an assistant to mail the weekly report to the board. It is sent five times: once
 * done right, once on the word of the code alone, and three times wrong, each in a different way.
 */
export const SCENARIOS = [
  {
    id: 'right',
    title: 'done right',
    short: 'done right',
    story: "each identity is its own, checked against Kai's token, and travels signed",
  },
  {
    id: 'asserted',
    title: 'asserted, not proven',
    short: 'only asserted',
    story: 'the same, but on the word of the code, and unsigned between processes',
  },
  {
    id: 'as-the-user',
    title: 'everything runs as the user',
    short: 'all as the user',
    story: 'agent and connector use the name and credential of Kai',
  },
  {
    id: 'incomplete',
    title: "only the agent's name is logged",
    short: 'only a name logged',
    story: 'nobody binds who asked, why, or what was touched',
  },
  {
    id: 'uncorrelated',
    title: 'nothing is correlated',
    short: 'nothing correlated',
    story: 'trace context stops between assistant and connector',
  },
] as const

export type Scenario = (typeof SCENARIOS)[number]
export type ScenarioId = Scenario['id']

export const KAI = 'kai@contoso.com'
export const ASSISTANT = { id: 'report-assistant', version: '3' } as const
export const CONNECTOR = 'mail-connector'
export const REQUEST = 'send the weekly report to the board'
export const MAIL = { to: 'board@contoso.com', subject: 'Weekly report' } as const

/** The scenario that this process is part of. The demo sets it on the processes that it starts. */
export function scenarioOfProcess(): ScenarioId {
  const wanted = process.env['ONBEHALF_DEMO_SCENARIO']
  const scenario = SCENARIOS.find(({ id }) => id === wanted)
  if (scenario === undefined)
    throw new Error(`ONBEHALF_DEMO_SCENARIO is ${wanted ?? 'not set'}; run onbehalf demo instead`)
  return scenario.id
}

/** A setting that the demo passes to the processes that it starts. */
export function settingOfProcess(name: string): string {
  const value = process.env[name]
  if (value === undefined) throw new Error(`${name} is not set; run onbehalf demo instead`)
  return value
}
