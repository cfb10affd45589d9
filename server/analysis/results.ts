import type { Call } from '../../catalog/schema';
import type { Value } from './values';

/** What the returned value of a call is when it fails and when it succeeds, by the failure value in the catalog. */
export interface Results {
  failure: Value;
  success: Value;
}

const cache = new WeakMap<Call, Results | undefined>();

export function resultsOf(call: Call): Results | undefined {
  if (!cache.has(call)) {
    cache.set(call, decide(call));
  }
  return cache.get(call);
}

function decide(call: Call): Results | undefined {
  switch (call.returns.failure.value) {
    case '-1':
    case '(mqd_t) -1':
    case '(key_t) -1':
    case '(pid_t) -1':
      return { failure: { constant: -1n }, success: successOf(call) };
    case 'NULL':
    case 'SEM_FAILED':
      return { failure: { constant: 0n }, success: { min: 1n } };
    case 'MAP_FAILED':
    case '(void *) -1':
      return { failure: { constant: -1n }, success: { min: 1n } };
    case 'error-number':
      return { failure: { min: 1n }, success: { constant: 0n } };
    default:
      return undefined;
  }
}

/** A call that says it returns 0 returns nothing else on success. */
function successOf(call: Call): Value {
  return /^0\b(?!.*\b(?:or|valid)\b)/.test(call.returns.success) ? { constant: 0n } : { min: 0n };
}
