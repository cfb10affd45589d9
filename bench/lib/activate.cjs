/** Loads and activates the extension with a stand-in for `vscode`, and prints how long that took. */
const Module = require('node:module');
const { dirname } = require('node:path');

const [, , client, fake] = process.argv;
const vscode = require(fake);
const resolve = Module._load;
Module._load = (request, ...rest) => (request === 'vscode' ? vscode : resolve(request, ...rest));

const began = performance.now();
const extension = require(client);
const loaded = performance.now();
extension.activate({ extensionUri: vscode.Uri.file(dirname(dirname(client))), subscriptions: [] });
const activated = performance.now();

process.stdout.write(JSON.stringify({ load: loaded - began, activate: activated - loaded }));
process.exit(0);
