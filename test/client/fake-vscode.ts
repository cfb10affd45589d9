/**
 * Just enough of the `vscode` module to activate the extension without an editor. It records what is registered; what
 * it does not know answers with harmless nothing.
 */
type Listener = (value: unknown) => void;

export class Disposable {
  constructor(private readonly work: () => unknown = () => undefined) {}
  static from(...all: { dispose(): unknown }[]): Disposable {
    return new Disposable(() => all.forEach((one) => void one.dispose()));
  }
  dispose(): unknown {
    return this.work();
  }
}

export class EventEmitter {
  private readonly listeners = new Set<Listener>();
  readonly event = (listener: Listener): Disposable => {
    this.listeners.add(listener);
    return new Disposable(() => this.listeners.delete(listener));
  };
  fire(value: unknown): void {
    for (const listener of this.listeners) listener(value);
  }
  dispose(): void {
    this.listeners.clear();
  }
}

export class Uri {
  constructor(readonly path: string) {}
  get fsPath(): string {
    return this.path;
  }
  toString(): string {
    return this.path;
  }
  static file(path: string): Uri {
    return new Uri(path);
  }
  static from({ path }: { path: string }): Uri {
    return new Uri(path);
  }
  static joinPath(base: Uri, ...parts: string[]): Uri {
    return new Uri([base.path, ...parts].join('/'));
  }
}

export class ThemeColor {
  constructor(readonly id: string) {}
}
export class ThemeIcon {
  constructor(
    readonly id: string,
    readonly color?: ThemeColor,
  ) {}
}
export class MarkdownString {
  isTrusted: unknown;
  constructor(public value = '') {}
  appendText(text: string): this {
    this.value += text;
    return this;
  }
  appendMarkdown(text: string): this {
    this.value += text;
    return this;
  }
}
export class TreeItem {
  constructor(
    readonly label: string,
    readonly collapsibleState: number,
  ) {}
}
export const TreeItemCollapsibleState = { None: 0, Collapsed: 1, Expanded: 2 };
export const StatusBarAlignment = { Left: 1, Right: 2 };
export const LanguageStatusSeverity = { Information: 0, Warning: 1, Error: 2 };
export const ViewColumn = { Active: -1, Beside: -2 };
export const QuickPickItemKind = { Separator: -1, Default: 0 };

/** A panel in the editor area, with what a test does to it. */
export class FakePanel {
  readonly said = new EventEmitter();
  readonly closed = new EventEmitter();
  readonly turned = new EventEmitter();
  readonly onDidDispose = this.closed.event;
  readonly onDidChangeViewState = this.turned.event;
  readonly posted: unknown[] = [];
  visible = true;
  isClosed = false;
  iconPath: unknown;
  readonly webview = {
    options: {} as Record<string, unknown>,
    html: '',
    cspSource: 'https://the-extension',
    asWebviewUri: ({ path }: Uri) => new Uri(`https://the-extension${path}`),
    onDidReceiveMessage: this.said.event,
    postMessage: async (message: unknown) => {
      if (this.visible) this.posted.push(message);
      return this.visible;
    },
  };
  constructor(
    readonly viewType: string,
    public title: string,
  ) {}
  reveal(): void {
    this.turn(true);
  }
  turn(visible: boolean): void {
    this.visible = visible;
    this.turned.fire(undefined);
  }
  dispose(): void {
    this.isClosed = true;
    this.visible = false;
    this.closed.fire(undefined);
  }
}

/** What the extension did. */
export const recorded = {
  commands: new Map<string, (...args: unknown[]) => unknown>(),
  views: new Map<string, { treeDataProvider: unknown }>(),
  serializers: [] as string[],
  panels: [] as FakePanel[],
  contexts: new Map<string, unknown>(),
  errors: [] as string[],
};

const nothing = () => new Disposable();
const log = () => undefined;

export const commands = {
  registerCommand: (name: string, run: (...args: unknown[]) => unknown) => {
    if (recorded.commands.has(name)) throw new Error(`command '${name}' already exists`);
    recorded.commands.set(name, run);
    return new Disposable(() => recorded.commands.delete(name));
  },
  executeCommand: async (name: string, ...args: unknown[]) => {
    if (name === 'setContext') recorded.contexts.set(String(args[0]), args[1]);
  },
};

export const window = {
  createOutputChannel: () => ({ info: log, warn: log, error: log, show: log, dispose: log }),
  createStatusBarItem: () => ({ show: log, hide: log, dispose: log }),
  createTreeView: (id: string, options: { treeDataProvider: unknown }) => {
    recorded.views.set(id, options);
    return { visible: false, onDidChangeVisibility: nothing, dispose: log };
  },
  createWebviewPanel: (type: string, title: string, _column: unknown, options: Record<string, unknown>) => {
    const panel = new FakePanel(type, title);
    panel.webview.options = options;
    recorded.panels.push(panel);
    return panel;
  },
  registerWebviewPanelSerializer: (type: string) => {
    recorded.serializers.push(type);
    return nothing();
  },
  registerFileDecorationProvider: nothing,
  showErrorMessage: async (message: string) => {
    recorded.errors.push(message);
  },
  showQuickPick: async () => undefined,
  showInformationMessage: async () => undefined,
};

export const languages = {
  createLanguageStatusItem: () => ({ dispose: log }),
  match: () => 0,
};

export const workspace = {
  textDocuments: [],
  onDidOpenTextDocument: nothing,
  getConfiguration: () => ({}),
};
