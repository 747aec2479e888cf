import type { Load } from './app-packages.ts'
import type { Instrumentation } from './instrumentation.ts'

const AUTO = '@opentelemetry/auto-instrumentations-node'
const PREFIX = '@opentelemetry/instrumentation-'
/** Started even if the app has nothing else: without them no client span shows what an agent did outside. */
const LEAST = ['http', 'undici'] as const

export interface Asked {
  /** Packages to start in addition. */
  readonly packages: readonly string[]
  /** The name endings of enabled and of disabled instrumentations. */
  readonly enabled: readonly string[] | undefined
  readonly disabled: readonly string[]
}

/**
 * The instrumentations that `register` starts: all of auto-instrumentations-node if the app has it, else those of http
 * and undici, both subject to `OTEL_NODE_ENABLED_INSTRUMENTATIONS` and its kin; and those of the requested packages.
 */
export function appInstrumentations(load: Load, asked: Asked, say: (line: string) => void): readonly Instrumentation[] {
  const auto = load(AUTO)?.['getNodeAutoInstrumentations'] as (() => readonly Instrumentation[]) | undefined
  const found = auto === undefined ? LEAST.flatMap((name) => least(name, load, asked, say)) : auto()
  const names = new Set(found.map(({ instrumentationName }) => instrumentationName))
  const more = asked.packages.flatMap((name) => (names.has(name) ? [] : made(name, load, say)))
  return [...found, ...more.filter(({ instrumentationName }) => !names.has(instrumentationName))]
}

function least(name: string, load: Load, { enabled, disabled }: Asked, say: (line: string) => void) {
  if (disabled.includes(name) || enabled?.includes(name) === false) return []
  if (load(`${PREFIX}${name}`) !== undefined) return made(`${PREFIX}${name}`, load, say)
  say(`calls over ${name} stay unseen: install ${PREFIX}${name}`)
  return []
}

function made(name: string, load: Load, say: (line: string) => void): readonly Instrumentation[] {
  const classes = Object.values(load(name) ?? {}).filter(isInstrumentation)
  if (classes.length === 0)
    say(`${name} is not installed, or holds no instrumentation: what it would show stays unseen`)
  return [...new Set(classes)].flatMap((Class) => {
    try {
      return [new Class()]
    } catch (error) {
      say(`${name} cannot be started (${error instanceof Error ? error.constructor.name : typeof error})`)
      return []
    }
  })
}

function isInstrumentation(candidate: unknown): candidate is new () => Instrumentation {
  if (typeof candidate !== 'function') return false
  const { enable, disable, setTracerProvider } = (candidate.prototype ?? {}) as Readonly<Record<string, unknown>>
  return [enable, disable, setTracerProvider].every((method) => typeof method === 'function')
}

/** The modules that an instrumentation patches, as its base class keeps them. Empty if it listens to channels. */
export function modulesOf(instrumentation: Instrumentation): readonly PatchedModule[] {
  const { _modules: modules } = instrumentation as { readonly _modules?: unknown }
  return Array.isArray(modules) ? (modules as readonly PatchedModule[]) : []
}

export interface PatchedModule {
  readonly name: string
  /** Its files that are patched too. */
  readonly files?: readonly unknown[]
}
