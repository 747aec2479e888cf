import { resolveConfig } from './setup/config.ts'
import type { JudgingOptions } from './setup/config.ts'
import { startJudging } from './setup/judging.ts'
import { JudgingProcessor } from './runtime/judging/judging-processor.ts'

/**
 * Attributes and judges every agent span; for the `spanProcessors` of any tracer provider, SDK 2.x or 3.x. Put it
 * before the exporting one. It exports nothing itself, and says so once where nothing stands beside it.
 *
 * Options and `ONBEHALF_*` are settled here: it throws `AttributionConfigError`, naming every bad field. After that
 * nothing of it throws into the app.
 */
export class AttributionSpanProcessor extends JudgingProcessor {
  constructor(options: JudgingOptions = {}) {
    super(startJudging(resolveConfig(options)))
  }
}
