import { Alias, Document, Pair, Scalar, YAMLMap, YAMLSeq } from 'yaml'
import type { Node } from 'yaml'
import type { Group } from './ottl.ts'

/** A value with an explanation before it. */
class Told {
  readonly comment: string
  readonly value: unknown
  /** What identifies it if it is repeated. */
  readonly again: unknown

  constructor(comment: string, value: unknown, again?: unknown) {
    this.comment = comment
    this.value = value
    this.again = again
  }
}

/** A value on one line. */
class Line {
  readonly value: unknown

  constructor(value: unknown) {
    this.value = value
  }
}

export function withComment(comment: string, value: unknown): Told {
  return new Told(comment, value)
}

export function flow(value: unknown): Line {
  return new Line(value)
}

/** Conditions and statements as the Collector reads them: `$` has a meaning there, and `$$` stands for one. */
export function ottlGroups(groups: readonly Group[]): unknown {
  return groups.map((group, index) => {
    if (groups.indexOf(group) < index) return new Again(group)
    const isShared = groups.lastIndexOf(group) > index
    const { comment, context, conditions, statements } = group
    const content = {
      context,
      ...(conditions === undefined ? {} : { conditions: flow(conditions.map(ottl)) }),
      statements: statements.map(ottl),
    }
    return new Told(comment ?? '', content, isShared ? group : undefined)
  })
}

/** A repetition of an earlier value. */
class Again {
  readonly of: unknown

  constructor(of: unknown) {
    this.of = of
  }
}

/** OTTL has many characters that mean something in YAML, so it is always in single quotes. */
export function ottl(text: string): Scalar {
  const scalar = new Scalar(text.replaceAll('$', '$$$$'))
  scalar.type = Scalar.QUOTE_SINGLE
  return scalar
}

/** The text of a configuration file. */
export function configurationText(heading: string, content: Readonly<Record<string, unknown>>): string {
  const document = new Document(new Writer().nodeOf(content, false) as never)
  document.commentBefore = commented(heading)
  return document.toString({ lineWidth: 0, flowCollectionPadding: true })
}

/** Makes the nodes of one document, with anchors for what is in it more than once. */
class Writer {
  readonly #anchors = new Map<unknown, string>()

  nodeOf(value: unknown, isFlow: boolean): Node {
    if (value instanceof Line) return this.nodeOf(value.value, true)
    if (value instanceof Told) return this.#toldOf(value, isFlow)
    if (value instanceof Again) return new Alias(this.#anchorOf(value.of))
    if (value instanceof Scalar) return value
    if (Array.isArray(value)) return this.#sequenceOf(value, isFlow)
    return typeof value === 'object' && value !== null ? this.#mapOf(value, isFlow) : new Scalar(value)
  }

  #toldOf({ comment, value, again }: Told, isFlow: boolean): Node {
    const node = this.nodeOf(value, isFlow)
    if (comment !== '') node.commentBefore = commented(comment)
    if (again !== undefined) (node as YAMLMap).anchor = this.#anchorOf(again)
    return node
  }

  #anchorOf(value: unknown): string {
    const anchor = this.#anchors.get(value) ?? `shared_${this.#anchors.size + 1}`
    this.#anchors.set(value, anchor)
    return anchor
  }

  #sequenceOf(values: readonly unknown[], isFlow: boolean): Node {
    const sequence = new YAMLSeq()
    sequence.flow = isFlow
    for (const value of values) sequence.items.push(this.nodeOf(value, isFlow))
    return sequence
  }

  #mapOf(entries: object, isFlow: boolean): Node {
    const map = new YAMLMap()
    map.flow = isFlow
    for (const [name, value] of Object.entries(entries)) {
      const key = new Scalar(name)
      if (value instanceof Told) key.commentBefore = commented(value.comment)
      map.items.push(new Pair(key, this.nodeOf(value instanceof Told ? value.value : value, isFlow)))
    }
    return map
  }
}

function commented(text: string): string {
  return text
    .split('\n')
    .map((part) => (part === '' ? '' : ` ${part}`))
    .join('\n')
}
