const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'a part of its path is a file and no directory',
  EISDIR: 'this is a directory',
  EEXIST: 'this is a file already',
  EACCES: 'permission is denied',
  EPERM: 'permission is denied',
  EROFS: 'the file system is read-only',
  ENOSPC: 'no space is left on the device',
  ELOOP: 'its links lead in a circle',
  ENAMETOOLONG: 'its name is too long',
  EMFILE: 'too many files are open',
}

/** Explains a file system error in words. */
export function fileReason(error: unknown): string {
  return knownReason(error) ?? (error as NodeJS.ErrnoException).message
}

/** The same for a path that may be a secret by mistake: what Node says of an unknown error quotes the path. */
export function fileReasonOnly(error: unknown): string {
  return knownReason(error) ?? (error as NodeJS.ErrnoException).code ?? 'it is not a path'
}

function knownReason(error: unknown): string | undefined {
  return REASONS[(error as NodeJS.ErrnoException).code ?? '']
}
