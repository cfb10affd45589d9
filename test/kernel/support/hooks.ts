import { type Helper, Namespace } from './namespace';

export interface Given {
  namespace: Namespace;
  helper: Helper;
}

/**
 * Gives the tests of a `describe` one namespace, and each test a process of its own in it. Where the machine permits no
 * namespaces the tests are skipped.
 */
export function inNamespace(give: (given: Given) => void): void {
  let given: Given | undefined;
  let namespace: Namespace | undefined;

  before(async function () {
    namespace = await Namespace.create();
    if (!namespace) this.skip();
  });

  beforeEach(async () => {
    if (!namespace) return;
    given = { namespace, helper: await namespace.helper() };
    give(given);
  });

  afterEach(async () => {
    await given?.helper.end();
    given = undefined;
  });

  after(() => namespace?.close());
}
