import type { DemoView } from '../../../server/protocol';
import { latestStep } from '../history';
import { togglePlayground } from './hand';
import { byHand, canStep, delay, helpShown, restart, runOn, runOrPause, send, setDelay, step } from './store';
import { progressWords } from './words';

export function Header({ view }: { view: DemoView }) {
  const { scenario } = view;
  const pitfall = scenario.kind === 'pitfall';
  return (
    <header class="head">
      <div class="what">
        <div class="title">
          <h1>{scenario.title}</h1>
          <span class={`kind ${scenario.kind}`}>
            <span class={`codicon codicon-${pitfall ? 'warning' : 'pass'}`} aria-hidden="true" />
            {pitfall ? 'Pitfall' : 'As intended'}
          </span>
        </div>
        <p class="summary">
          {scenario.summary}{' '}
          <button type="button" class="link" onClick={() => send({ type: 'explain' })}>
            Read more
          </button>
          {' · '}
          <button type="button" class="link" aria-keyshortcuts="D" onClick={() => send({ type: 'pick' })}>
            Other demos
          </button>
        </p>
      </div>
      <div class="bar">
        <Controls view={view} />
        <Tools />
        <Speed />
        <Progress view={view} />
      </div>
    </header>
  );
}

function Controls({ view }: { view: DemoView }) {
  const finished = view.state === 'finished' || view.state === 'failed';
  const stopped = !canStep.value;
  return (
    <fieldset class="controls" aria-label="Playing the demo">
      <button
        type="button"
        class={finished ? 'secondary' : 'primary'}
        aria-disabled={stopped}
        title="Next step (Space)"
        aria-keyshortcuts="Space Enter"
        onClick={step}
      >
        <span class="codicon codicon-debug-step-over" aria-hidden="true" />
        Step
      </button>
      <button
        type="button"
        class="secondary"
        aria-disabled={stopped && !runOn.value}
        title={runOn.value ? 'Pause (R)' : 'Run to the end (R)'}
        aria-keyshortcuts="R"
        onClick={runOrPause}
      >
        <span
          class={`codicon codicon-${runOn.value ? 'debug-pause' : 'debug-continue'}`}
          aria-hidden="true"
        />
        {runOn.value ? 'Pause' : 'Run'}
      </button>
      <button
        type="button"
        class={finished ? 'primary' : 'secondary'}
        title="Everything anew, with new processes (Shift+R)"
        aria-keyshortcuts="Shift+R"
        onClick={restart}
      >
        <span class="codicon codicon-debug-restart" aria-hidden="true" />
        Restart
      </button>
    </fieldset>
  );
}

function Tools() {
  return (
    <div class="tools">
      <button
        type="button"
        class="secondary"
        aria-pressed={byHand.value}
        title="Issue calls yourself, in any process (P)"
        aria-keyshortcuts="P"
        onClick={togglePlayground}
      >
        <span class="codicon codicon-beaker" aria-hidden="true" />
        Playground
      </button>
      <button
        type="button"
        class="icon"
        title="Open the programs as a C project (O)"
        aria-label="Open as a C project"
        aria-keyshortcuts="O"
        onClick={() => send({ type: 'open-project' })}
      >
        <span class="codicon codicon-folder-library" aria-hidden="true" />
      </button>
      <button
        type="button"
        class="icon"
        title="Keys (?)"
        aria-label="Keys"
        aria-keyshortcuts="?"
        onClick={() => {
          helpShown.value = true;
        }}
      >
        <span class="codicon codicon-keyboard" aria-hidden="true" />
      </button>
    </div>
  );
}

const slowest = 3000;
const fastest = 200;

/** To the right is faster, as people expect; the value is the pause between two steps. */
function Speed() {
  const seconds = (delay.value / 1000).toFixed(1);
  return (
    <label class="speed" title={`While it runs: a step every ${seconds} seconds`}>
      <span>Speed</span>
      <input
        type="range"
        min={fastest}
        max={slowest}
        step={100}
        value={slowest + fastest - delay.value}
        aria-valuetext={`a step every ${seconds} seconds`}
        onInput={(event) => setDelay(slowest + fastest - Number(event.currentTarget.value))}
      />
    </label>
  );
}

function Progress({ view }: { view: DemoView }) {
  const done = latestStep(view) + 1;
  return (
    <div
      class="progress"
      role="progressbar"
      aria-label="Progress"
      aria-valuemin={0}
      aria-valuemax={view.steps.length}
      aria-valuenow={done}
      aria-valuetext={progressWords(view)}
    >
      <span class="ticks" aria-hidden="true">
        {view.steps.map((step) => (
          <i key={step.index} class={`tick ${step.status} ${step.index === view.next ? 'next' : ''}`} />
        ))}
      </span>
      <span class="count">{progressWords(view)}</span>
    </div>
  );
}
