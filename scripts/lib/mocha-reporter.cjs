/**
 * Mocha's `spec` on the screen, and the counts of each file in the file named by IPC_LENS_RESULTS. That file is
 * rewritten after each test, so that a run which crashes has still told how far it came.
 */
const { renameSync, writeFileSync } = require('node:fs');
const Mocha = require('mocha');

class CountingReporter extends Mocha.reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    const target = process.env.IPC_LENS_RESULTS;
    if (!target) return;
    const results = { ended: false, files: {} };
    const save = () => {
      // Whoever reads meanwhile sees the old file or the new one, never half of one.
      writeFileSync(`${target}.new`, JSON.stringify(results));
      renameSync(`${target}.new`, target);
    };
    const count = (kind) => (test) => {
      // The file of a hook stands at its suite.
      const file = test.file ?? test.parent?.file ?? '';
      results.files[file] ??= { passed: 0, failed: 0, skipped: 0, ms: 0 };
      results.files[file][kind] += 1;
      results.files[file].ms += test.duration ?? 0;
      save();
    };
    runner.on('pass', count('passed'));
    runner.on('fail', count('failed'));
    runner.on('pending', count('skipped'));
    runner.once('end', () => {
      results.ended = true;
      save();
    });
    save();
  }
}

module.exports = CountingReporter;
