/** Why `fetch` failed, in as few words as there are: what it throws itself says no more than that it did. */
export function networkReason(error: unknown): string {
  const { cause, message } = error as { cause?: { code?: string; message?: string }; message: string }
  return cause?.code ?? cause?.message ?? message
}
