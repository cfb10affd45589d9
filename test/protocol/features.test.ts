import assert from 'node:assert/strict';
import {
  CodeActionKind,
  CompletionResolveRequest,
  InsertTextFormat,
  type SignatureHelp,
  SignatureHelpRequest,
} from 'vscode-languageserver-protocol/node';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { Client, ensureBundle, positionOf, program } from './support';

const uri = 'file:///nowhere/main.c';

describe('language features over the protocol', function () {
  this.timeout(60_000);
  let client: Client;
  before(async () => {
    ensureBundle();
    client = await Client.start();
  });
  after(async () => {
    try {
      assert.equal(await client.stop(), 0);
    } finally {
      client.kill();
    }
  });
  afterEach(() => client.close(uri));

  it('announces what it can do', () => {
    const { capabilities } = client.result;
    assert.deepEqual(capabilities.textDocumentSync, { openClose: true, change: 2, save: true });
    assert.deepEqual(capabilities.signatureHelpProvider?.triggerCharacters, ['(', ',']);
    assert.equal(capabilities.completionProvider?.resolveProvider, true);
    assert.deepEqual(capabilities.codeActionProvider, { codeActionKinds: [CodeActionKind.QuickFix] });
    assert.ok(capabilities.hoverProvider);
  });

  it('hovers in Markdown over exactly the word', async () => {
    const text = '/* 😀 */ int f(int *p) { return pipe(p); }\r\n';
    await client.open(uri, text);
    const start = positionOf(text, 'pipe');
    const found = await client.hover(uri, start.line, start.character + 2);
    assert.deepEqual(found?.range, { start, end: { ...start, character: start.character + 4 } });
    assert.match(JSON.stringify(found?.contents), /"kind":"markdown".*int pipe/);
    assert.equal(await client.hover(uri, 0, 0), null);
  });

  it('follows a change at once, without waiting for the lint', async () => {
    await client.open(uri, 'int f(int *p) { return 0; }\n');
    await client.change(uri, 2, [{ text: 'int f(int *p) { return pipe(p); }\n' }]);
    assert.ok(await client.hover(uri, 0, 24));
  });

  it('helps with signatures', async () => {
    await client.open(uri, 'void f(int fd) {\n  read(fd, \n}\n');
    const params = { textDocument: { uri }, position: { line: 1, character: 11 } };
    const help: SignatureHelp | null = await client.connection.sendRequest(SignatureHelpRequest.type, params);
    assert.equal(help?.activeParameter, 1);
    assert.match(help?.signatures[0]?.label ?? '', /^ssize_t read\(/);
  });

  it('completes with snippets, and documents an item when it is looked at', async () => {
    await client.open(uri, 'void f(void) {\n  pi\n}\n');
    const list = await client.complete(uri, 1, 4);
    const item = list?.items.find(({ label }) => label === 'pipe');
    assert.ok(item && !item.documentation);
    assert.equal(item.insertTextFormat, InsertTextFormat.Snippet);
    const resolved = await client.connection.sendRequest(CompletionResolveRequest.type, item);
    assert.match(JSON.stringify(resolved.documentation), /markdown.*pipe/);
    const unknown = await client.connection.sendRequest(CompletionResolveRequest.type, { label: 'no such' });
    assert.deepEqual(unknown, { label: 'no such' });
  });

  it('offers fixes that mend the text, of the kinds asked for', async () => {
    const text = program('8080', '/* 😀 */ ').replace(/\n/g, '\r\n');
    await client.open(uri, text, 5);
    const [diagnostic] = await client.diagnosticsOf(uri, 5);
    assert.ok(diagnostic);
    const all = await client.actions(uri, diagnostic.range);
    assert.ok(all.length >= 2);
    for (const kinds of [['quickfix'], [''], ['refactor', 'quickfix']]) {
      assert.equal((await client.actions(uri, diagnostic.range, kinds)).length, all.length, kinds.join());
    }
    for (const kinds of [['refactor'], ['source.fixAll'], ['quickfix.other']]) {
      assert.deepEqual(await client.actions(uri, diagnostic.range, kinds), [], kinds.join());
    }
    const fix = all.find(({ isPreferred }) => isPreferred);
    const change = fix?.edit?.documentChanges?.[0];
    assert.ok(change && 'textDocument' in change);
    assert.deepEqual(change.textDocument, { uri, version: 5 });
    const edits = change.edits.flatMap((edit) => ('newText' in edit ? [edit] : []));
    const mended = TextDocument.applyEdits(TextDocument.create(uri, 'c', 5, text), edits);
    assert.ok(mended.includes('htons(8080)'), mended);
    await client.change(uri, 6, [{ text: mended }]);
    assert.deepEqual(await client.diagnosticsOf(uri, 6), []);
  });

  it('offers no fix for a text that was left behind', async () => {
    await client.open(uri, program());
    const [diagnostic] = await client.diagnosticsOf(uri, 1);
    assert.ok(diagnostic);
    await client.change(uri, 2, [{ text: `\n\n\n${program()}` }]);
    assert.deepEqual(await client.actions(uri, diagnostic.range), []);
  });
});
