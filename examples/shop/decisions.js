// The shop's rules. In place of these functions a team may ask a policy engine.
const LARGE = 200

export const lookup = () => ({ outcome: 'allow', policy: { id: 'orders-read' } })

export const refund = ({ total }, amount) => ({
  outcome: amount <= total && amount <= LARGE ? 'allow' : 'deny',
  policy: { id: 'refunds', version: '2' },
})

export const deletion = (approver) => ({
  outcome: 'escalate',
  policy: { id: 'deletions', version: '1' },
  ...(approver === undefined ? {} : { approver: { id: approver }, at: new Date().toISOString() }),
})

/** To ask for an approval is an act of its own, which everyone may do. */
export const request = () => ({ outcome: 'allow', policy: { id: 'approval-requests' } })

export const cleanup = () => ({ outcome: 'allow', policy: { id: 'retention', version: '4' } })
