import { Explanation } from './explanation';
import { Header } from './header';
import { Help } from './help';
import { KernelTable } from './kernel-table';
import { Programs } from './programs';
import { Stage } from './stage/stage';
import { phase, restart } from './store';
import { announcement } from './words';

export function App() {
  const now = phase.value;
  if (now.type === 'opening') return <Quiet text="Starting the processes of the demo" />;
  if (now.type === 'problem') return <Problem message={now.message} />;
  return (
    <>
      <Header view={now.view} />
      <main class={now.view.processes.length > 2 ? 'board crowded' : 'board'}>
        <Explanation view={now.view} />
        <Stage view={now.view} history={now.history} />
        <Programs view={now.view} />
        <KernelTable view={now.view} />
      </main>
      <Help />
      <p class="spoken" aria-live="polite" role="status">
        {announcement(now.view)}
      </p>
    </>
  );
}

function Quiet({ text }: { text: string }) {
  return (
    <div class="quiet" role="status">
      <span class="codicon codicon-loading codicon-modifier-spin" aria-hidden="true" />
      <p>{text}</p>
    </div>
  );
}

function Problem({ message }: { message: string }) {
  return (
    <div class="quiet" role="alert">
      <span class="codicon codicon-warning" aria-hidden="true" />
      <p>{message}</p>
      <button type="button" class="primary" onClick={restart}>
        Start again
      </button>
    </div>
  );
}
