/** Why `fetch` failed, as briefly as possible: its own error only says that it did. */
export function networkReason(error: unknown): string {
  const { cause, message } = error as { cause?: { code?: string; message?: string }; message: string }
  return cause?.code ?? cause?.message ?? message
}
