/**
 * Imports run downward only (ARCHITECTURE.md says why). Type-only imports count as well: a type from above is
 * knowledge from above.
 *
 * test/imports/ runs these same rules on a small tree of violations, one a rule.
 */

/** Each floor, from the ground up, and what else it may import. A floor may always import itself. */
const floors = [
  { name: 'catalog', path: '^catalog/', below: [] },
  { name: 'c', path: '^server/c/', below: ['^catalog/'] },
  { name: 'analysis', path: '^server/analysis/', below: ['^catalog/', '^server/c/'] },
  { name: 'rules', path: '^server/rules/', below: ['^catalog/', '^server/(c|analysis)/'] },
  { name: 'workspace', path: '^server/workspace/', below: ['^catalog/', '^server/(c|analysis|rules)/'] },
  {
    name: 'features',
    path: '^server/features/',
    below: ['^catalog/', '^server/(c|analysis|rules|workspace)/', '^server/protocol\\.ts$'],
  },
  { name: 'command-line', path: '^server/command-line/', below: [] },
  {
    name: 'check',
    path: '^server/check/',
    below: ['^catalog/', '^server/(c|analysis|rules|workspace|command-line)/'],
  },
  { name: 'kernel', path: '^server/kernel/', below: ['^catalog/'] },
  { name: 'state', path: '^server/state/', below: ['^catalog/', '^server/(kernel|command-line)/'] },
  { name: 'demos', path: '^server/demos/', below: ['^catalog/'] },
  {
    name: 'protocol',
    path: '^server/protocol\\.ts$',
    below: [
      '^catalog/schema\\.ts$',
      '^server/(demos|kernel|workspace/objects)/view\\.ts$',
      '^server/kernel/filter\\.ts$',
      '^server/workspace/objects/tables\\.ts$',
    ],
  },
  // server.ts, cli.ts and what they share stand on all of it.
  { name: 'server', path: '^server/(?!protocol\\.ts$)[^/]+\\.ts$', below: ['^catalog/', '^server/'] },
  { name: 'client', path: '^client/', below: ['^server/protocol\\.ts$'] },
];

const ours = '^(catalog|server|client|native|test|scripts)/';

const downward = floors.map(({ name, path, below }) => ({
  name: `${name} imports downward only`,
  severity: 'error',
  from: { path },
  to: { path: ours, pathNot: [path, ...below] },
}));

module.exports = {
  forbidden: [
    ...downward,
    {
      name: 'shared questions know no subject',
      comment:
        'rules/shared asks about any code: what belongs to pipes, locks or sockets stands in rules/subjects.',
      severity: 'error',
      from: { path: '^server/rules/shared/' },
      to: { path: '^server/rules/[^/]+/', pathNot: '^server/rules/shared/' },
    },
    {
      name: 'subjects know no rule',
      comment: 'What rules of several folders know of a subject depends on none of them.',
      severity: 'error',
      from: { path: '^server/rules/subjects/' },
      to: { path: '^server/rules/[^/]+/', pathNot: '^server/rules/(shared|subjects)/' },
    },
    {
      name: 'every server folder has its floor',
      comment: 'A new folder of server/ is entered into `floors` in .dependency-cruiser.cjs first.',
      severity: 'error',
      from: {
        path: '^server/[^/]+/',
        pathNot: floors.map(({ path }) => path),
      },
      to: {},
    },
    {
      name: 'knowledge knows no editor protocol',
      comment:
        'The catalog, the analysis and the rules also serve the command line: only features/ and server.ts speak LSP.',
      severity: 'error',
      from: { path: '^(catalog|server/(c|analysis|rules|workspace|check|kernel|state|demos))/' },
      to: { path: '(^|/)vscode-(jsonrpc|languageserver(-protocol|-types)?)(/|$)' },
    },
    {
      name: 'the server knows no VS Code',
      comment: 'The same server serves any editor.',
      severity: 'error',
      from: { path: '^(catalog|server)/' },
      to: { path: ['^vscode$', '^node_modules/@types/vscode/', '(^|/)vscode-languageclient(/|$)'] },
    },
    {
      name: 'no cycles',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no orphans',
      comment: 'A module which nothing imports and which imports nothing is forgotten, or not yet wired.',
      severity: 'error',
      from: { orphan: true, path: '^(catalog|server|client)/', pathNot: '\\.d\\.ts$' },
      to: {},
    },
    {
      name: 'imports resolve',
      severity: 'error',
      from: { path: ours },
      to: { couldNotResolve: true, pathNot: '^vscode$' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'browser', 'types', 'default'],
      extensions: ['.ts', '.tsx', '.mjs', '.js', '.cjs', '.json'],
    },
    moduleSystems: ['es6', 'cjs'],
  },
};
