/** What a person does in the workbench and what they see there. Every function waits for a state, never for a time. */
import { mkdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Frame, FrameLocator, Locator, Page } from 'playwright-core';
import { linesWithSquiggles, type Severity, type Squiggle } from './squiggles';

export class Workbench {
  #shots = 0;

  constructor(
    readonly page: Page,
    readonly folder: string,
    private readonly shotFolder: string,
  ) {
    page.setDefaultTimeout(20_000);
  }

  async waitUntilReady(): Promise<void> {
    await this.#waitUntilThere();
    // The explorer shows files once the server's file system answers.
    await this.page.locator('.explorer-folders-view .monaco-list-row').first().waitFor();
  }

  async #waitUntilThere(): Promise<void> {
    await this.page.locator('.monaco-workbench .part.statusbar').waitFor({ timeout: 60_000 });
  }

  // ---- Commands and pickers

  #picker(): Locator {
    return this.page.locator('.quick-input-widget:visible');
  }

  /** Opens the quick input with `keys`, types `text` and waits until a row shows it. */
  async #pick(keys: string, text: string, row: string | RegExp = text): Promise<void> {
    await this.page.keyboard.press(keys);
    const input = this.#picker().locator('input[type="text"]');
    await input.waitFor();
    await input.fill(keys === 'F1' ? `>${text}` : text);
    await this.#clickRow(row);
  }

  /** Chooses a row of the picker with this title, which is open or about to open. */
  async pickFrom(title: string, row: string): Promise<void> {
    await this.#picker().locator('.quick-input-title', { hasText: title }).waitFor();
    // Long lists hold only the rows in view: the text brings the wanted one there.
    await this.#picker().locator('input[type="text"]').fill(row);
    await this.#clickRow(row);
  }

  /**
   * The list is drawn anew when late results arrive. When that falls between the way down and the way up of the button, nothing
   * is chosen: a person clicks again, and so does this.
   */
  async #clickRow(text: string | RegExp): Promise<void> {
    const row = this.#picker().locator('.monaco-list-row').filter({ hasText: text }).first();
    await row.waitFor();
    await this.waitFor(
      async () => {
        const looks = { timeout: 3_000 };
        await row.click(looks).catch(() => undefined);
        return row.waitFor({ state: 'hidden', ...looks }).then(
          () => true,
          () => false,
        );
      },
      () => `the choice of ${text}`,
    );
    await this.#parkPointer();
  }

  /** Where the pointer rests something may pop up: it goes to the title bar, where nothing does. */
  async #parkPointer(): Promise<void> {
    await this.page.mouse.move(250, 17);
  }

  /** Runs a command from the palette by the title which is shown there. */
  async runCommand(title: string): Promise<void> {
    await this.#pick('F1', title);
  }

  /** As a person does it: VS Code saves what it keeps of views and panels first. */
  async reloadWindow(): Promise<void> {
    const loaded = this.page.waitForEvent('load', { timeout: 60_000 });
    await this.runCommand('Developer: Reload Window');
    await loaded;
    // The side bar shows what it showed before, which need not be the explorer.
    await this.#waitUntilThere();
  }

  // ---- Editors

  /** Opens a file by its path in the folder. The whole path is typed: it needs no search. */
  async openFile(path: string): Promise<void> {
    // A row shows the name, then the folder; rows of files opened before may stand above it.
    const row = new RegExp(`${basename(path).replaceAll('.', '\\.')}.*${dirname(path)}`, 's');
    await this.#pick('Control+p', join(this.folder, path), row);
    await this.editor(path).locator('.view-line').first().waitFor();
  }

  /** Closes every editor and panel of the editor area. What is not saved is lost. */
  async closeAllEditors(): Promise<void> {
    await this.runCommand('View: Close All Editors');
    const tabs = this.page.locator('.editor-group-container .tab');
    const discard = this.page.locator('.monaco-dialog-box').getByRole('button', { name: "Don't Save" });
    await this.waitFor(
      async () => {
        if (await discard.isVisible()) await discard.click();
        return (await tabs.count()) === 0;
      },
      () => 'the closing of all editors',
    );
  }

  editor(path: string): Locator {
    return this.page.locator(`.editor-instance .monaco-editor[data-uri$="/${path}"]`);
  }

  async goTo(line: number, column = 1): Promise<void> {
    await this.page.keyboard.press('Control+g');
    const input = this.#picker().locator('input[type="text"]');
    await input.waitFor();
    await input.fill(`:${line}:${column}`);
    await this.page.keyboard.press('Enter');
    await this.page
      .locator('.statusbar-item .statusbar-item-label', { hasText: `Ln ${line}, Col ${column}` })
      .waitFor();
    // Keys go to the picker until the editor has the focus again.
    await this.#picker().waitFor({ state: 'hidden' });
    await this.page.locator('.editor-instance .monaco-editor.focused').waitFor();
  }

  /** The text of an editor's line as it is shown. */
  async lineText(file: string, line: number): Promise<string> {
    return this.editor(file).evaluate((editor, number) => {
      const numbers = [...editor.querySelectorAll<HTMLElement>('.margin-view-overlays > div')];
      const top = numbers.find((div) => div.textContent?.trim() === String(number))?.style.top;
      const lines = [...editor.querySelectorAll<HTMLElement>('.view-lines > .view-line')];
      return (lines.find((div) => div.style.top === top)?.textContent ?? '').replaceAll('\u00a0', ' ');
    }, line);
  }

  async squiggles(file: string): Promise<Squiggle[]> {
    return this.editor(file).evaluate(linesWithSquiggles);
  }

  /** Waits for a squiggle on a line which is in view. */
  async waitForSquiggle(file: string, line: number, severity?: Severity): Promise<void> {
    await this.waitFor(
      async () =>
        (await this.squiggles(file)).some((s) => s.line === line && (!severity || s.severity === severity)),
      async () =>
        `a squiggle on line ${line} of ${file}; there are ${JSON.stringify(await this.squiggles(file))}`,
    );
  }

  async waitForNoSquiggle(file: string, line: number): Promise<void> {
    await this.waitFor(
      async () => !(await this.squiggles(file)).some((s) => s.line === line),
      () => `no squiggle on line ${line} of ${file}`,
    );
  }

  /** Shows the hover at a place and resolves to its text once it holds `text`. */
  async hoverText(line: number, column: number, text: string | RegExp): Promise<string> {
    await this.goTo(line, column);
    await this.page.keyboard.press('Control+k');
    await this.page.keyboard.press('Control+i');
    const hover = this.page.locator('.monaco-editor .monaco-hover:visible').filter({ hasText: text });
    await hover.first().waitFor();
    return (await hover.first().textContent()) ?? '';
  }

  /** Shows the problem at a place below its line, with the places that belong to it, and resolves to its text once it holds `text`. */
  async problemText(line: number, column: number, text: string | RegExp): Promise<string> {
    await this.goTo(line, column);
    await this.page.keyboard.press('Alt+F8');
    const problem = this.page.locator('.zone-widget .marker-widget').filter({ hasText: text });
    await problem.first().waitFor();
    return (await problem.first().textContent()) ?? '';
  }

  /** Shows what is offered at a place. */
  async openQuickFixes(line: number, column: number): Promise<void> {
    await this.goTo(line, column);
    await this.page.keyboard.press('Control+.');
    await this.page.locator('.action-widget .monaco-list-row.action').first().waitFor();
  }

  /** Applies the quick fix, of those which are shown, whose title holds `title`. */
  async applyQuickFix(title: string | RegExp): Promise<void> {
    const rows = this.page.locator('.action-widget .monaco-list-row.action');
    const wanted = rows.filter({ hasText: title }).first();
    await wanted.waitFor();
    // The widget shields itself from the pointer at first, so the keyboard chooses.
    for (let left = await rows.count(); left > 0 && !(await this.#isFocused(wanted)); left -= 1) {
      await this.page.keyboard.press('ArrowDown');
    }
    await this.page.keyboard.press('Enter');
    await this.page.locator('.action-widget').waitFor({ state: 'hidden' });
  }

  async #isFocused(row: Locator): Promise<boolean> {
    return row.evaluate((element) => element.classList.contains('focused'));
  }

  // ---- Views

  /** Opens the extension's view container. */
  async openContainer(title: string): Promise<void> {
    const action = this.page.locator(`.activitybar .action-item:has(.action-label[aria-label^="${title}"])`);
    const selected = await action.first().getAttribute('aria-selected');
    if (selected !== 'true') await action.first().click();
    await this.page.locator('.part.sidebar .composite.title', { hasText: title }).waitFor();
  }

  view(title: string): Locator {
    return this.page.locator('.pane', { has: this.page.locator(`.pane-header[aria-label^="${title}"]`) });
  }

  /** A row by what it shows or, as its text may be shortened, by what it says to screen readers. */
  treeRow(view: string, text: string | RegExp): Locator {
    const row = '.monaco-list-row';
    const rows = this.view(view).locator(row);
    const shown = rows.filter({ hasText: text });
    if (text instanceof RegExp) return shown;
    return shown.or(this.view(view).locator(`${row}[aria-label*="${text.replaceAll('"', '\\"')}"]`));
  }

  async clickTreeRow(view: string, text: string | RegExp): Promise<void> {
    await this.treeRow(view, text).first().click();
  }

  /** The document of the webview which is shown: it lies in two nested frames. */
  webview(): FrameLocator {
    return this.page.frameLocator('iframe.webview.ready').frameLocator('iframe#active-frame');
  }

  notification(text: string | RegExp): Locator {
    return this.page.locator('.notification-list-item').filter({ hasText: text });
  }

  // ---- Waiting and looking

  /** Asks again until `state` holds; fails with what was waited for. */
  async waitFor(
    state: () => Promise<boolean>,
    what: () => string | Promise<string>,
    timeout = 20_000,
  ): Promise<void> {
    const end = Date.now() + timeout;
    while (!(await state())) {
      if (Date.now() > end) throw new Error(`waited ${timeout / 1000} s in vain for ${await what()}`);
      // Let the page draw before the next look.
      await this.page.evaluate(() => new Promise((next) => requestAnimationFrame(next)));
    }
  }

  /** Saves what is seen now, numbered in the order of the pictures. */
  async screenshot(name: string): Promise<void> {
    await Promise.all(this.page.frames().map(settle));
    mkdirSync(this.shotFolder, { recursive: true });
    this.#shots += 1;
    const number = String(this.#shots).padStart(2, '0');
    await this.page.screenshot({ path: join(this.shotFolder, `${number}-${name}.png`) });
  }
}

/** Waits until what fades in or moves has come to rest; what turns forever (a spinner) is not waited for. */
async function settle(frame: Frame): Promise<void> {
  const rest = frame.evaluate(async () => {
    const finite = document
      .getAnimations()
      .filter((animation) => Number.isFinite(animation.effect?.getComputedTiming().endTime));
    // An animation which is cancelled rejects; it is at rest as well.
    await Promise.allSettled(finite.map((animation) => animation.finished));
  });
  // A frame may go away meanwhile.
  await rest.catch(() => {});
}
