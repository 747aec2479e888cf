// The same by register, which is bundled too.
import 'onbehalf/register'
import { callOut, workAtOnce } from './work.mjs'

const passedOn = workAtOnce()
callOut().then((arrived) => process.stdout.write(JSON.stringify({ passedOn, arrived })))
