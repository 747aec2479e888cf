import { resolveConfig } from './setup/config.ts'
import type { JudgingOptions } from './setup/config.ts'
import { startJudging } from './setup/judging.ts'
import { JudgingExporter } from './runtime/judging/judging-exporter.ts'
import type { Exporter } from './runtime/span/live-span.ts'

/**
 * Wraps a span exporter of either SDK line: spans that no `AttributionSpanProcessor` of this process saw are attributed
 * and judged on their way out, as some frameworks hand spans straight to an exporter. What was bound when they started
 * is not known here; what they and their ancestors say is.
 *
 * Options and `ONBEHALF_*` are settled here: it throws `AttributionConfigError`, naming every bad field. After that every
 * batch reaches the wrapped exporter once, whatever fails.
 */
export class AttributionSpanExporter extends JudgingExporter {
  constructor(exporter: Exporter, options: JudgingOptions = {}) {
    super(exporter, startJudging(resolveConfig(options)))
  }
}
