import type { DecisionRow } from './decision-row.ts'
import type { Marker, Pattern } from './marker.ts'

/** Everything known about one vendor's spans. All code that needs it is built from the list in `index.ts`. */
export interface Vendor {
  /**
   * The dialect of the spans it marks, as in `attribution.span.dialect` and the metrics. Several vendors may share one.
   */
  readonly name: string
  /** Where the names below are defined, or why no address is known. */
  readonly defined: string | readonly string[] | { readonly unknown: string }
  /** Attributes that mark a span. */
  readonly marks?: readonly Mark[]
  /** Names that mark a span, for spans of a known scope, system or prefix. */
  readonly names?: readonly Named[]
  /** Several vendors write this dialect. The others' `producer` tells which one it was. */
  readonly isShared?: true
  /** What identifies this vendor if a shared convention marks the span. */
  readonly producer?: Producer
  readonly keys?: FactKeys
  /** Keys that are checked after an app's own associations (`associations`). */
  readonly lateKeys?: FactKeys
  /** Keys that are checked after those of every vendor. */
  readonly lastKeys?: FactKeys
  /** The prefix of a key that the app chooses itself. */
  readonly associations?: readonly string[]
  /** Where an app's own metadata is, as one JSON text or an object. */
  readonly metadata?: readonly string[]
  readonly decisions?: readonly DecisionRow[]
  /** The key that names an agent or a tool. Only the dialect and the kind tell which one it is. */
  readonly entity?: Entity
  /** Its spans are named after the tool or the agent itself, with nothing before it. */
  readonly calledAfter?: true
  /** How the name of a tool's span begins, before a space or a colon and the tool. RE2 supports these. */
  readonly toolNameIn?: readonly RegExp[]
  /** What may come before those words. */
  readonly beforeToolNameIn?: readonly RegExp[]
  /** How such a name begins if the tool follows immediately. */
  readonly toolNameAfter?: readonly RegExp[]
  /** How the name of an agent's span begins if the agent follows immediately. */
  readonly agentNameAfter?: readonly RegExp[]
  readonly agentNameIn?: AgentNameIn
  /** Next to one of these keys, `agent.name` means an agent on any span. */
  readonly agentNameBeside?: readonly string[]
  /** What is written instead of an agent's id but isn't one. */
  readonly noAgentIds?: readonly string[]
  /** What is written instead of a tool's name but isn't one. */
  readonly noToolNames?: readonly string[]
  /** Its MCP instrumentation, which writes its own kind and no method. */
  readonly mcp?: { readonly scopes: readonly string[]; readonly kindKey: string }
  /** Spans on which `user.id` is a program's installation. RE2 supports both. */
  readonly installation?: { readonly named: RegExp; readonly scope: RegExp }
  /** Scopes of a program that only one person works with, so that a login is an identity. */
  readonly oneUser?: RegExp
  /** Spans that have a mark but didn't run anything. */
  readonly ignores?: readonly Ignored[]
}

/** A row of the table of markers, without its dialect. */
export interface Mark extends Omit<Marker, 'dialect'> {
  /** Checked before the mark with this key, though its vendor comes later. */
  readonly before?: { readonly key: string; readonly why: string }
  /** Checked after everything else, and why. */
  readonly last?: string
}

export interface Named {
  /** Full names of scopes. */
  readonly scopes?: readonly string[]
  /** What the framework writes where the conventions put the model's provider, whatever the scope. */
  readonly systems?: readonly string[]
  /** How the name of every span begins, whatever its scope. The forms match the rest of it. */
  readonly prefix?: string
  readonly forms: readonly Pattern[]
}

interface Producer {
  readonly scopes?: readonly string[]
  readonly scopePrefixes?: readonly string[]
  readonly keys?: readonly string[]
  readonly systems?: readonly string[]
}

export interface FactKeys {
  /** By id, on any span. */
  readonly user?: readonly string[]
  /** An address comes before any pseudonym. It may differ from the id of the same user. */
  readonly userStandIn?: readonly string[]
  /** Who is logged in, if `user.id` is the installation. */
  readonly account?: readonly string[]
  readonly agentId?: readonly string[]
  readonly agentName?: readonly string[]
  readonly agentVersion?: readonly string[]
  /** Only on an agent's own span, because elsewhere they often mean a monitoring agent. */
  readonly ownAgentId?: readonly string[]
  readonly ownAgentName?: readonly string[]
  readonly ownAgentVersion?: readonly string[]
  /** What is called there, whether that's an agent or the function that runs one. */
  readonly agentFunction?: readonly string[]
  /** The agent's own directory accounts. */
  readonly agentUser?: readonly string[]
  readonly tool?: readonly string[]
  /** Only on a tool's own span. */
  readonly ownTool?: readonly string[]
  readonly mcpServer?: readonly string[]
  readonly conversation?: readonly string[]
  /** The tool that a decision names. */
  readonly decidedTool?: readonly string[]
  /** The id of a tool call, on the tool's span and on spans that refer to it. */
  readonly toolCall?: readonly string[]
}

export interface Entity {
  readonly key: string
  /** The key only counts next to this one. */
  readonly beside?: string
  /** The value is a JSON object, and the name is this member of it. */
  readonly member?: string
  /** The key names only tools. */
  readonly kind?: 'tool'
}

/** How the name of an agent's span states the agent, if no attribute does. */
export interface AgentNameIn {
  /** What follows the agent in the name. */
  readonly after?: RegExp
  /** The span belongs to a program, and nothing else in its name is an agent. */
  readonly programs?: readonly Program[]
}

interface Program {
  readonly name: string
  readonly named?: RegExp
  readonly scope: RegExp
}

interface Ignored {
  readonly key: string
  readonly values: readonly string[]
}
