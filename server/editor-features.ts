import {
  type CodeAction,
  type CodeActionParams,
  type CompletionItem,
  CompletionItemKind,
  type CompletionList,
  type Connection,
  type Hover,
  InsertTextFormat,
  MarkupKind,
  type SignatureHelp,
  type TextDocumentPositionParams,
} from 'vscode-languageserver/node';
import type { Configurations } from './configurations';
import type { Demos } from './demos';
import type { Documents } from './documents';
import { codeActions } from './features/code-actions';
import { type CompletionEntry, completions, describe } from './features/completion';
import { toRange } from './features/diagnostics';
import { hover } from './features/hover';
import { liveText, withLive } from './features/live';
import { signatureHelp } from './features/signature-help';
import type { KernelFound, KernelName } from './protocol';

const kinds: Record<CompletionEntry['kind'], CompletionItemKind> = {
  function: CompletionItemKind.Function,
  constant: CompletionItemKind.Constant,
  type: CompletionItemKind.Struct,
};

/** The language features of LSP, each a thin layer over its file in features/. */
export class EditorFeatures {
  constructor(
    private readonly connection: Connection,
    private readonly documents: Documents,
    private readonly configurations: Configurations,
    private readonly demos: Demos,
    /** What exists now of an object that a program names. */
    private readonly lookUp: (name: KernelName) => Promise<KernelFound | undefined>,
    /** What the client understands. */
    private readonly client: { snippets: boolean; documentChanges: boolean },
  ) {}

  listen(): void {
    this.connection.onHover((params) => this.hover(params));
    this.connection.onSignatureHelp((params) => this.signature(params));
    this.connection.onCompletion((params) => this.completion(params));
    this.connection.onCompletionResolve((item) => this.resolve(item));
    this.connection.onCodeAction((params) => this.actions(params));
  }

  private async hover({
    textDocument: { uri },
    position,
  }: TextDocumentPositionParams): Promise<Hover | null> {
    const { hover: enabled } = await this.configurations.settingsOf(uri);
    const document = this.documents.get(uri);
    const found = enabled && document && hover(document, document.source.lines.offset(position));
    if (!found) return null;
    const { object, markdown } = found;
    const live = object && (await this.lookUp(object));
    const value = object && live ? withLive(markdown, liveText(object, live)) : markdown;
    return {
      contents: { kind: MarkupKind.Markdown, value },
      range: toRange(document.source.lines, found),
    };
  }

  private signature({ textDocument: { uri }, position }: TextDocumentPositionParams): SignatureHelp | null {
    const document = this.documents.get(uri);
    const found = document && signatureHelp(document, document.source.lines.offset(position));
    if (!found) {
      return null;
    }
    const { label, documentation, parameters, active } = found;
    return {
      signatures: [{ label, documentation: { kind: MarkupKind.Markdown, value: documentation }, parameters }],
      activeSignature: 0,
      activeParameter: active,
    };
  }

  private async completion({
    textDocument: { uri },
    position,
  }: TextDocumentPositionParams): Promise<CompletionList | null> {
    const { completion: enabled } = await this.configurations.settingsOf(uri);
    const document = this.documents.get(uri);
    if (!enabled || !document) {
      return null;
    }
    const entries = completions(document, document.source.lines.offset(position));
    return { isIncomplete: false, items: entries.map((entry) => toItem(entry, this.client.snippets)) };
  }

  private resolve(item: CompletionItem): CompletionItem {
    const value = describe(item.label);
    return value === undefined ? item : { ...item, documentation: { kind: MarkupKind.Markdown, value } };
  }

  private actions({ textDocument: { uri }, range, context }: CodeActionParams): CodeAction[] {
    const document = this.documents.get(uri);
    if (!document || (context.only && !context.only.some((kind) => 'quickfix'.startsWith(kind)))) {
      return [];
    }
    const { source, version } = document;
    const findings = this.documents.findingsIn(document);
    const playable = this.demos.problem ? [] : this.demos.list();
    const { documentChanges } = this.client;
    const target = { uri, version, text: source.text, lines: source.lines, findings, documentChanges };
    return codeActions(target, range, playable);
  }
}

function toItem({ label, kind, detail, snippet, rank }: CompletionEntry, snippets: boolean): CompletionItem {
  return {
    label,
    kind: kinds[kind],
    detail,
    sortText: `${rank}${label}`,
    ...(snippet && snippets ? { insertText: snippet, insertTextFormat: InsertTextFormat.Snippet } : {}),
  };
}
