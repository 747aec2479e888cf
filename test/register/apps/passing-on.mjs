// Prints what goes on of the baggage that a stranger sends.
import { propagation, ROOT_CONTEXT } from '@opentelemetry/api'

const passedOn = {}
const foreign = { baggage: 'attribution.principal.id=mallory,theirs=1' }
propagation.inject(propagation.extract(ROOT_CONTEXT, foreign), passedOn)
process.stdout.write(passedOn.baggage)
