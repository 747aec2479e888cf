// What an app of ES modules does to have its packages seen, as the pages of OpenTelemetry say.
import { register } from 'node:module'

register('@opentelemetry/instrumentation/hook.mjs', import.meta.url)
