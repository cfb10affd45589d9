import type { Declarator, Expr, Span } from '../c/ast';
import { anyBuild, type Build } from '../c/builds';
import type { Block, Step } from '../c/cfg';
import { isEntry } from '../c/entry';
import { Branching } from './branching';
import { inBuild } from './configuration';
import type { Descent } from './descent';
import { withErrorNumber } from './errno';
import type { Expressions } from './expressions';
import type { Frame } from './frame';
import { type Arrived, meet } from './meeting';
import type { Path } from './path';
import { variable } from './places';
import { store } from './stores';
import { unknown } from './values';
import type { Walk } from './walk';

/** What the steps of a block do to a path, and where it goes at the end. */
export class Steps {
  private readonly expressions: Expressions;
  private readonly branching: Branching;

  constructor(
    private readonly walk: Walk,
    private readonly descent: Descent,
    /** Paths kept apart at one point. */
    private readonly mostPaths: number,
  ) {
    this.expressions = descent.expressions;
    this.branching = new Branching(this.expressions);
  }

  /** Runs a block and gives the paths on which its successors are entered. */
  through(block: Block, entry: Path, frame: Frame): [number, Path][] {
    let paths = [entry];
    for (const step of block.steps) {
      paths = this.together(paths.flatMap((path) => this.step(step, path, frame)));
    }
    return paths.flatMap((path) => this.edge(block, path, frame));
  }

  /** One call behind the other in a block would double the paths each time. */
  private together(paths: Path[]): Path[] {
    if (paths.length <= this.mostPaths) {
      return paths;
    }
    const kept: Arrived = new Map();
    for (const path of paths) meet(kept, path.key(), path, this.mostPaths, false);
    return [...kept.values()];
  }

  private edge({ edge }: Block, path: Path, frame: Frame): [number, Path][] {
    switch (edge.kind) {
      case 'goto':
        return [[edge.to, path]];
      case 'branch':
        return this.branching.branch(edge, path, frame);
      case 'switch':
        return this.branching.choose(edge, path, frame);
      case 'either':
        return this.builds(edge, path, frame);
      case 'return':
        return this.leave(edge, path, frame);
      case 'stop':
        return [];
    }
  }

  private builds(
    { to, builds }: { to: number[]; builds: readonly Build[] },
    path: Path,
    { scope }: Frame,
  ): [number, Path][] {
    const next = to.flatMap((block, i): [number, Path][] => {
      const inside = inBuild(builds[i] ?? anyBuild, path, scope.file);
      return inside ? [[block, inside]] : [];
    });
    return next.length > 0 ? next : to.map((block) => [block, path.copy()]);
  }

  private leave(edge: { value?: Expr; at?: Span; to: number }, path: Path, frame: Frame): [number, Path][] {
    const value = edge.value && { expr: edge.value, value: this.expressions.eval(edge.value, path, frame) };
    path.set(
      variable(frame.depth, '=return'),
      value && edge.value ? withErrorNumber(edge.value, value.value, frame) : unknown,
    );
    if (frame.depth === 1) {
      const at = edge.value ??
        edge.at ?? {
          start: frame.scope.definition.body.end - 1,
          end: frame.scope.definition.body.end,
        };
      this.walk.tell(() =>
        this.walk.listener.pathEnd?.({
          how: 'return',
          inMain: isEntry(frame.scope.definition),
          ...(value ? { value } : {}),
          path,
          scope: frame.scope,
          at: { start: at.start, end: at.end, within: frame.scope.definition },
        }),
      );
    }
    return [[edge.to, path]];
  }

  private step(step: Step, path: Path, frame: Frame): Path[] {
    switch (step.kind) {
      case 'call':
        return this.descent.call(step, path, frame);
      case 'value':
        path.setResult(frame.depth, step.expr, this.expressions.eval(step.from, path, frame));
        return [path];
      case 'expr':
        this.expressions.eval(step.expr, path, frame);
        break;
      case 'declare':
        this.declare(step, path, frame);
        break;
      case 'havoc':
        for (const inner of step.parts) this.expressions.eval(inner, path, frame);
        path.clear();
        break;
    }
    path.dropResults(frame.depth);
    return [path];
  }

  private declare(
    { declarator, static: kept }: Extract<Step, { kind: 'declare' }>,
    path: Path,
    frame: Frame,
  ): void {
    const { init, name } = declarator;
    const place = frame.variable(name);
    path.forget(place);
    if (!init) {
      return;
    }
    const value = withErrorNumber(init, this.expressions.eval(init, path, frame), frame);
    frame.copy(name, init, path);
    const target: Expr = { kind: 'name', name, ...declarator.nameSpan };
    if (init.kind === 'init') {
      this.expressions.initialisers.fill(target, init, path, frame, !kept);
      return;
    }
    if (!kept && !frame.isAmbiguous(place)) {
      store(target, value, path, frame, this.sourcePlace(declarator, path, frame));
    }
    this.expressions.tellStore(target, { expr: init, value }, init, path, frame);
  }

  private sourcePlace({ init, type }: Declarator, path: Path, frame: Frame) {
    return init && frame.scope.evaluator.types.resolve(type).k === 'struct'
      ? frame.place(init, path)
      : undefined;
  }
}
