import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { facilityIcons } from '../../client/views/facility-icons';
import { isStale, renewal } from '../../scripts/generate-settings';

const root = join(__dirname, '..', '..');
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const { contributes } = manifest;

interface MenuItem {
  command: string;
  when?: string;
}

const commandNames = new Set<string>(contributes.commands.map(({ command }: MenuItem) => command));
const codicons = readFileSync(join(root, 'node_modules/@vscode/codicons/dist/codicon.css'), 'utf8');

function knownIcon(icon: string): boolean {
  const name = /^\$\(([\w-]+)\)$/.exec(icon)?.[1];
  return name ? codicons.includes(`.codicon-${name}:before`) : existsSync(join(root, icon));
}

describe('the manifest', () => {
  it('gives every command a title and the category', () => {
    for (const command of contributes.commands) {
      assert.match(command.title, /^[A-Z][\w' ]+…?$/, command.command);
      assert.equal(command.category, 'IPC Lens', command.command);
    }
  });

  it('names icons that exist', () => {
    const icons: string[] = [
      manifest.icon,
      ...contributes.commands.flatMap((command: { icon?: string }) => command.icon ?? []),
      ...contributes.viewsContainers.activitybar.map(({ icon }: { icon: string }) => icon),
      ...contributes.views.ipcLens.map(({ icon }: { icon: string }) => icon),
    ];
    assert.deepEqual(
      icons.filter((icon) => !knownIcon(icon)),
      [],
    );
  });

  it('has an icon for each facility', () => {
    const missing = Object.values(facilityIcons).filter((icon) => !knownIcon(`$(${icon})`));
    assert.deepEqual(missing, []);
  });

  it('has a picture for the marketplace that is large enough', () => {
    const png = readFileSync(join(root, manifest.icon));
    assert.equal(png.toString('latin1', 1, 4), 'PNG');
    assert.ok(png.readUInt32BE(16) >= 128 && png.readUInt32BE(20) >= 128);
  });

  it('binds menus and welcome texts only to commands it declares', () => {
    const inMenus = Object.values<MenuItem[]>(contributes.menus).flatMap((items) =>
      items.map(({ command }) => command),
    );
    const inTexts = contributes.viewsWelcome.flatMap(({ contents }: { contents: string }) =>
      [...contents.matchAll(/\(command:([\w.]+)\)/g)].map((match) => match[1]),
    );
    for (const command of [...inMenus, ...inTexts]) assert.ok(commandNames.has(command), command);
  });

  it('has a walkthrough of files and commands that are there', () => {
    for (const step of contributes.walkthroughs.flatMap(({ steps }: { steps: unknown[] }) => steps)) {
      const { description, media, completionEvents } = step;
      const files: string[] = media.markdown ? [media.markdown] : Object.values(media.image);
      for (const file of files) assert.ok(existsSync(join(root, file)), file);
      if (media.image) assert.ok(media.altText, 'a picture has words');
      const linked = [...description.matchAll(/\(command:(ipcLens[\w.]+)/g)].map((match) => match[1]);
      const awaited = completionEvents.flatMap(
        (event: string) => /^onCommand:(ipcLens.+)/.exec(event)?.[1] ?? [],
      );
      for (const command of [...linked, ...awaited]) assert.ok(commandNames.has(command), command);
    }
  });

  it('keeps commands that need a row out of the palette', () => {
    const hidden = contributes.menus.commandPalette
      .filter(({ when }: MenuItem) => when === 'false')
      .map(({ command }: MenuItem) => command);
    assert.deepEqual(hidden.sort(), [
      'ipcLens.kernel.copyCommand',
      'ipcLens.kernel.copyDetails',
      'ipcLens.kernel.copyJson',
      'ipcLens.kernel.copyName',
      'ipcLens.kernel.goToSource',
      'ipcLens.kernel.signal',
      'ipcLens.workspace.open',
    ]);
  });

  it('describes every setting, with a default of its own kind', () => {
    for (const [name, setting] of Object.entries<Record<string, unknown>>(
      contributes.configuration.properties,
    )) {
      assert.match(name, /^ipcLens\./);
      const text = String(setting.description ?? setting.markdownDescription ?? '');
      assert.match(text, /\.$/, `${name} is described by sentences`);
      const kind = setting.type === 'integer' ? 'number' : setting.type;
      assert.equal(typeof setting.default, kind, name);
      if (Array.isArray(setting.enum)) assert.ok(setting.enum.includes(setting.default), name);
      assert.ok(setting.scope, `${name} says where it may be set`);
    }
  });

  it('offers every rule and every group of rules in the settings', () => {
    assert.ok(!isStale(), `stale: run ${renewal}`);
  });

  it('never polls the kernel more often than four times a second', () => {
    assert.equal(contributes.configuration.properties['ipcLens.kernel.pollInterval'].minimum, 250);
  });

  it('names files that are there', () => {
    for (const grammar of contributes.grammars) assert.ok(existsSync(join(root, grammar.path)), grammar.path);
    assert.equal(manifest.main, './dist/client.js', 'where the build puts the bundle');
  });

  it('says how it is with untrusted and virtual workspaces', () => {
    assert.equal(manifest.capabilities.untrustedWorkspaces.supported, true);
    assert.ok(manifest.capabilities.virtualWorkspaces.description);
    assert.deepEqual(manifest.extensionKind, ['workspace'], 'it must run where the kernel is');
  });
});
