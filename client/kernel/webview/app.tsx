import { counted } from '../../words';
import { Cycles } from './cycles';
import { Detail } from './detail';
import { Limits } from './limits';
import { ObjectList } from './object-list';
import { ProcessList } from './process-list';
import { arranged, loaded, model, news, page, problem, selectedRow } from './store';
import { Toolbar } from './toolbar';
import { clock } from './words';

export function App() {
  news();
  if (problem.value !== undefined) return <Quiet icon="warning" text={problem.value} />;
  if (!loaded.value) return <Quiet icon="loading codicon-modifier-spin" text="Reading the kernel's tables" />;
  return (
    <>
      <Toolbar />
      <Cycles />
      <main class={`kernel-page ${selectedRow.value && page.value !== 'limits' ? 'with-detail' : ''}`}>
        <Page />
        {page.value !== 'limits' && <Detail />}
      </main>
      <Foot />
    </>
  );
}

function Page() {
  switch (page.value) {
    case 'objects':
      return <ObjectList />;
    case 'processes':
      return <ProcessList />;
    case 'limits':
      return <Limits />;
  }
}

function Quiet({ icon, text }: { icon: string; text: string }) {
  return (
    <div class="quiet" role="status">
      <span class={`codicon codicon-${icon}`} aria-hidden="true" />
      <p>{text}</p>
    </div>
  );
}

function Foot() {
  const { shown, filtered } = arranged.value;
  const own = model.namespaces.find((namespace) => namespace.own);
  return (
    <footer class="foot">
      <span>
        {counted(shown, 'object')}
        {filtered > 0 && `, ${filtered} left out by the filter`}
      </span>
      {own && <span title="The IPC namespace whose System V and POSIX objects are shown">{own.id}</span>}
      {model.notes.map((note) => (
        <span key={note} class="note" title={note}>
          <span class="codicon codicon-info" aria-hidden="true" /> {note}
        </span>
      ))}
      <span class="taken">as of {clock(model.taken)}</span>
    </footer>
  );
}
