/** What the docstring of each property of an interface says, in one paragraph. Throws where one has none. */
export function docstringsOf(source: string, name: string): ReadonlyMap<string, string> {
  const body = new RegExp(`^export interface ${name}\\b[^{]*\\{\\n(?<body>.*?)^\\}`, 'msu').exec(source)?.groups?.[
    'body'
  ]
  if (body === undefined) throw new Error(`there is no interface ${name}`)
  const properties = [...body.matchAll(PROPERTY)].map(({ groups }): [string, string] => {
    const { text, property = '' } = groups ?? {}
    if (text === undefined) throw new Error(`${name}.${property} has no docstring`)
    return [property, plain(text)]
  })
  return new Map(properties)
}

/** What stands in braces on a line is told with the line. */
const PROPERTY = /^ {2}(?:\/\*\*(?<text>(?:(?!\*\/).)*)\*\/\s*)?readonly (?<property>\w+)\??:/gmsu

/** The paragraphs of the docstring of an interface. */
export function docstringOf(source: string, name: string): string {
  const before = source.slice(0, source.indexOf(`export interface ${name}`))
  const text = before.slice(before.lastIndexOf('/**') + 3, before.lastIndexOf('*/'))
  return text
    .split(/\n \*(?=\n)/u)
    .map(plain)
    .join('\n\n')
}

function plain(text: string): string {
  return text.replaceAll(/\s*\n\s*\*(?: |$)/gu, ' ').trim()
}
