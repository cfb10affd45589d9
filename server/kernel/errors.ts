import { errnos } from '../../catalog/errnos';
import type { NativeError } from './native';

const byNumber = new Map(errnos.map((entry) => [entry.value, entry] as const).reverse());

/** `EACCES`; `error 999` for a number nobody named. */
export function errorName(errno: number): string {
  return byNumber.get(errno)?.name ?? `error ${errno}`;
}

/** The read blocks for as long as another process pleases: native/addon/patience.h. */
export const isLate = (errno: number | undefined) => errno !== undefined && errorName(errno) === 'ETIMEDOUT';

/** `permission denied (EACCES from semctl(GETALL))`: for use inside a sentence. */
export function errorPhrase(error: NativeError): string {
  const name = errorName(error.errno);
  return `${shortMeaning(name)} (${name} from ${error.call})`;
}

/** A whole sentence for a table that could not be read. */
export function tableProblem(title: string, error: NativeError): string {
  const name = errorName(error.errno);
  const unbuilt =
    name === 'ENOSYS' ? ' This kernel was built without it, or a sandbox (seccomp) hides it.' : '';
  return `${title} cannot be read: ${errorPhrase(error)}.${unbuilt}`;
}

function shortMeaning(name: string): string {
  switch (name) {
    case 'EACCES':
      return 'permission denied';
    case 'EPERM':
      return 'not permitted';
    case 'ENOENT':
      return 'no such object';
    case 'ENOSYS':
      return 'the kernel does not offer the call';
    case 'EMFILE':
    case 'ENFILE':
      return 'too many open files';
    case 'ETIMEDOUT':
      return 'the kernel makes whoever asks wait';
    case 'ENOMEM':
      return 'out of memory';
    default:
      return 'the call failed';
  }
}
