import type { Declaration, Expr, FunctionDefinition, Item, Span, Stmt } from './ast';
import { branches } from './conditional';
import { ExprLowering } from './lower-expr';
import { withoutComments } from './masking';
import { field, named, type Syntax } from './mirror';
import { doLoop, withoutFlags } from './normal-form';

/** Turns one top-level piece of the parser's tree into items of the syntax tree. `source` is the text that the offsets count in. */
export class Lowering {
  private readonly exprs: ExprLowering;

  constructor(private readonly source: string) {
    this.exprs = new ExprLowering(
      (node) => this.text(node),
      (node) => this.stmt(node),
    );
  }

  private text(node: Syntax): string {
    return this.source.slice(node.start, node.end);
  }

  /** The items a top-level node brings: one, none, or those of the branches of a conditional block. */
  items(node: Syntax): { item: Item; span: Span }[] {
    const span = { start: node.start, end: node.end };
    switch (node.type) {
      case 'function_definition': {
        const item = this.functionDefinition(node);
        return item ? [{ item, span }] : [];
      }
      case 'declaration':
      case 'type_definition':
      case 'struct_specifier':
      case 'union_specifier':
      case 'enum_specifier':
        return [{ item: this.declarationItem(node), span }];
      case 'preproc_def':
      case 'preproc_function_def':
      case 'preproc_call':
        return this.macro(node).map((item) => ({ item, span }));
      case 'preproc_include':
        return this.include(node).map((item) => ({ item, span }));
      case 'preproc_if':
      case 'preproc_ifdef':
        return branches(node, (n) => this.text(n)).taken.flatMap((nodes) =>
          nodes.flatMap((n) => this.items(n)),
        );
      case 'linkage_specification':
      case 'declaration_list':
      case 'ERROR':
        return named(node).flatMap((child) => this.items(child));
      default:
        return [];
    }
  }

  private functionDefinition(node: Syntax): FunctionDefinition | undefined {
    const declarator = field(node, 'declarator');
    const body = field(node, 'body');
    if (!declarator || !body) {
      return undefined;
    }
    const base = this.exprs.types.specifier(node);
    const { type, name, nameSpan } = this.exprs.types.declarator(declarator, base);
    if (name === undefined || !nameSpan || type.k !== 'function') {
      return undefined;
    }
    return {
      kind: 'function',
      name,
      nameSpan,
      type: this.oldStyle(node, type),
      storage: node.children.filter((c) => c.type === 'storage_class_specifier').map((c) => this.text(c)),
      attributes: this.attributes(node),
      body: withoutFlags(this.stmt(body)),
      broken: hasError(node),
    };
  }

  /** Parameter types of a definition in the style `f(a) int a; { }`. */
  private oldStyle(node: Syntax, type: FunctionDefinition['type']): FunctionDefinition['type'] {
    const declared = node.children
      .filter((child) => child.type === 'declaration')
      .flatMap((child) => this.exprs.types.declaration(child).declarators);
    if (declared.length === 0) {
      return type;
    }
    const params = type.params.map((param) => {
      const found = declared.find((declarator) => declarator.name === param.name);
      return found ? { ...param, type: found.type } : param;
    });
    return { ...type, params };
  }

  /** Attributes before the type and behind the declarators, and qualifiers. */
  private attributes(node: Syntax): string[] {
    return node.children.flatMap((child) => {
      if (child.field === 'declarator' || child.type === 'attributed_declarator')
        return this.attributes(child);
      const says = child.type.startsWith('attribute') || child.type === 'type_qualifier';
      return says ? [this.text(child)] : [];
    });
  }

  private declarationItem(node: Syntax): Item {
    const bare = node.type.endsWith('_specifier');
    const declaration: Declaration = bare
      ? { storage: [], base: this.exprs.types.specifier(wrap(node)), declarators: [] }
      : this.exprs.types.declaration(node);
    return { kind: 'declaration', declaration, attributes: this.attributes(node) };
  }

  private macro(node: Syntax): Item[] {
    if (node.type === 'preproc_call') {
      const directive = field(node, 'directive');
      const argument = field(node, 'argument');
      return directive && argument && this.text(directive).endsWith('undef')
        ? [{ kind: 'macro', name: this.text(argument).trim(), body: '', undef: true }]
        : [];
    }
    // A parenthesis that follows the name at once holds parameters.
    const [, name, params, rest = ''] =
      /^\s*#\s*define\s+(\w+)(?:\(([^)]*)\))?([\s\S]*)$/.exec(withoutComments(this.text(node))) ?? [];
    if (name === undefined) {
      return [];
    }
    const list = params?.split(',').map((param) => param.trim());
    return [
      {
        kind: 'macro',
        name,
        body: rest.trim(),
        ...(list ? { params: list.filter((param) => param !== '') } : {}),
      },
    ];
  }

  private include(node: Syntax): Item[] {
    const path = field(node, 'path');
    if (!path || (path.type !== 'string_literal' && path.type !== 'system_lib_string')) {
      return [];
    }
    return [{ kind: 'include', path: this.text(path).slice(1, -1), local: path.type === 'string_literal' }];
  }

  /* ------------------------------------------------------------ statements */

  stmt(node: Syntax): Stmt {
    const span = { start: node.start, end: node.end };
    return this.simpleStmt(node, span) ?? this.compoundStmt(node, span) ?? this.unknown(node);
  }

  private unknown(node: Syntax): Stmt {
    const parts = named(node).map((child) => this.exprs.expr(child));
    return { kind: 'unknown', parts, start: node.start, end: node.end };
  }

  private optional(node: Syntax, name: string): Expr | undefined {
    const child = field(node, name);
    return child ? this.exprs.expr(child) : undefined;
  }

  private required(node: Syntax, name: string): Expr {
    return this.optional(node, name) ?? { kind: 'unknown', parts: [], start: node.end, end: node.end };
  }

  private inner(node: Syntax, name: string): Stmt {
    const child = field(node, name);
    return child ? this.stmt(child) : { kind: 'empty', start: node.end, end: node.end };
  }

  private simpleStmt(node: Syntax, span: Span): Stmt | undefined {
    switch (node.type) {
      case 'expression_statement': {
        const expr = named(node)[0];
        return expr ? { kind: 'expr', expr: this.exprs.expr(expr), ...span } : { kind: 'empty', ...span };
      }
      case 'declaration':
      case 'type_definition':
        return { kind: 'decl', declaration: this.exprs.types.declaration(node), ...span };
      case 'struct_specifier':
      case 'union_specifier':
      case 'enum_specifier': {
        const base = this.exprs.types.specifier(wrap(node));
        return { kind: 'decl', declaration: { storage: [], base, declarators: [] }, ...span };
      }
      case 'return_statement': {
        const value = named(node)[0];
        return { kind: 'return', ...(value ? { value: this.exprs.expr(value) } : {}), ...span };
      }
      case 'break_statement':
        return { kind: 'break', ...span };
      case 'continue_statement':
        return { kind: 'continue', ...span };
      case 'goto_statement': {
        const label = field(node, 'label');
        const computed = node.children.some(({ type }) => type === 'ERROR');
        return { kind: 'goto', ...(label && !computed ? { name: this.text(label) } : {}), ...span };
      }
      case 'ERROR': {
        // `__attribute__((fallthrough));` is no mistake.
        const inner = named(node);
        const harmless = inner.length > 0 && inner.every(({ type }) => type.startsWith('attribute'));
        return harmless ? { kind: 'empty', ...span } : undefined;
      }
      case 'attributed_statement': {
        const inner = named(node).at(-1);
        return inner ? this.stmt(inner) : { kind: 'empty', ...span };
      }
      case 'preproc_def':
      case 'preproc_function_def':
      case 'preproc_call':
      case 'preproc_include':
      case 'function_definition':
        return { kind: 'empty', ...span };
      default:
        return undefined;
    }
  }

  private compoundStmt(node: Syntax, span: Span): Stmt | undefined {
    switch (node.type) {
      case 'compound_statement':
        return { kind: 'block', body: this.sequence(named(node)), ...span };
      case 'if_statement': {
        const alternative = field(node, 'alternative');
        const otherwise = alternative && (named(alternative)[0] ?? undefined);
        return {
          kind: 'if',
          test: this.required(node, 'condition'),
          consequent: this.inner(node, 'consequence'),
          ...(otherwise ? { alternative: this.stmt(otherwise) } : {}),
          ...span,
        };
      }
      case 'while_statement':
        return {
          kind: 'while',
          test: this.required(node, 'condition'),
          body: this.inner(node, 'body'),
          ...span,
        };
      case 'do_statement':
        return { ...doLoop(this.required(node, 'condition'), this.inner(node, 'body')), ...span };
      case 'for_statement':
        return this.forStmt(node, span);
      case 'switch_statement':
        return {
          kind: 'switch',
          value: this.required(node, 'condition'),
          body: this.inner(node, 'body'),
          ...span,
        };
      case 'labeled_statement': {
        const label = field(node, 'label');
        const body = named(node).find((child) => child !== label);
        const name = label ? this.text(label) : '';
        return { kind: 'label', name, ...(body ? { body: this.stmt(body) } : {}), ...span };
      }
      case 'preproc_if':
      case 'preproc_ifdef': {
        const { taken, builds, sure } = branches(node, (n) => this.text(n));
        const lists = taken.map((nodes) => this.sequence(nodes));
        return sure
          ? { kind: 'block', body: lists[0] ?? [], ...span }
          : { kind: 'either', branches: lists, builds, ...span };
      }
      default:
        return undefined;
    }
  }

  private forStmt(node: Syntax, span: Span): Stmt {
    const initializer = field(node, 'initializer');
    const init =
      initializer &&
      (initializer.type === 'declaration' ? this.stmt(initializer) : this.exprStmt(initializer));
    const test = this.optional(node, 'condition');
    const update = this.optional(node, 'update');
    return {
      kind: 'for',
      ...(init ? { init } : {}),
      ...(test ? { test } : {}),
      ...(update ? { update } : {}),
      body: this.inner(node, 'body'),
      ...span,
    };
  }

  private exprStmt(node: Syntax): Stmt {
    return { kind: 'expr', expr: this.exprs.expr(node), start: node.start, end: node.end };
  }

  /** Statements in a row; a case label is followed by its statements in the same list. */
  private sequence(nodes: Syntax[]): Stmt[] {
    const bodies = new Set<Syntax>();
    return nodes.flatMap((node, index) => {
      if (bodies.has(node)) return [];
      if (node.type === 'case_statement') return this.caseStmt(node);
      const next = nodes[index + 1];
      const call = next && this.loopMacro(node);
      if (!next || !call) return [this.stmt(node)];
      bodies.add(next);
      const test = this.exprs.expr(call);
      return [{ kind: 'while', test, body: this.stmt(next), start: node.start, end: next.end } as const];
    });
  }

  /** `LIST_FOREACH(item, &list, entries) statement`: a call without a semicolon that makes a loop of what follows. */
  private loopMacro(node: Syntax): Syntax | undefined {
    const call = node.type === 'expression_statement' ? named(node)[0] : undefined;
    const name = call?.type === 'call_expression' ? field(call, 'function') : undefined;
    return name &&
      /for_?each|(?:^|_)iter(?:ate)?(?:_safe|$)/i.test(this.text(name)) &&
      !this.text(node).endsWith(';')
      ? call
      : undefined;
  }

  private caseStmt(node: Syntax): Stmt[] {
    const value = field(node, 'value');
    const label: Stmt = {
      kind: 'case',
      ...(value ? { value: this.exprs.expr(value) } : {}),
      start: node.start,
      end: value ? value.end : node.start + 'default'.length,
    };
    return [label, ...this.sequence(named(node).filter((child) => child !== value))];
  }
}

/** A specifier that stands alone, as if inside a declaration. */
function wrap(node: Syntax): Syntax {
  return { ...node, children: [{ ...node, field: 'type' }] };
}

/** What is not understood between the parentheses of a call, such as a type given to a macro, leaves the statements around it as they are. */
function hasError(node: Syntax): boolean {
  return node.type === 'ERROR' || node.children.some((child) => !isArgument(node, child) && hasError(child));
}

function isArgument({ type }: Syntax, child: Syntax): boolean {
  return type === 'argument_list' && child.type === 'ERROR';
}
