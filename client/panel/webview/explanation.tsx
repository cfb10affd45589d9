import type { DemoView, StepView } from '../../../server/protocol';
import { latestStep } from '../history';
import { hueOf } from './hues';
import { Playground } from './playground';
import { Prose } from './prose';
import { byHand, selected } from './store';
import { labelOf, transferSentence } from './words';

/** What just happened, and in large type why the next step is as it is. */
export function Explanation({ view }: { view: DemoView }) {
  const chosen = selected.value === undefined ? undefined : view.steps[selected.value];
  const latest = view.steps[latestStep(view)];
  const under = latest?.status === 'running' ? latest : undefined;
  const next = view.next === undefined ? undefined : view.steps[view.next];
  return (
    <section class={byHand.value ? 'explanation by-yourself' : 'explanation'} aria-label="Explanation">
      {byHand.value ? (
        <>
          <Playground view={view} />
          {chosen ? <LookBack view={view} step={chosen} /> : latest && <Happened view={view} step={latest} />}
        </>
      ) : chosen ? (
        <LookBack view={view} step={chosen} />
      ) : (
        <>
          {latest && !under && <Happened view={view} step={latest} />}
          <Ahead view={view} step={under ?? next} under={under !== undefined} />
        </>
      )}
    </section>
  );
}

function LookBack({ view, step }: { view: DemoView; step: StepView }) {
  return (
    <div class="look-back">
      <p class="eyebrow">
        Step {step.index + 1} of {view.steps.length}
        <button type="button" class="link" onClick={() => (selected.value = undefined)}>
          Back to now
        </button>
      </p>
      <Call view={view} step={step} />
      <p class="why">
        <Prose text={step.explanation} />
      </p>
      {step.outcome && <Outcome view={view} step={step} />}
    </div>
  );
}

function Happened({ view, step }: { view: DemoView; step: StepView }) {
  return (
    <div class="happened">
      <p class="eyebrow">Just now, step {step.index + 1}</p>
      <Call view={view} step={step} />
      <Outcome view={view} step={step} />
      {step.yours && (
        <p class="why">
          <Prose text={step.explanation} />
        </p>
      )}
    </div>
  );
}

function Ahead({ view, step, under }: { view: DemoView; step?: StepView; under: boolean }) {
  if (view.state === 'failed') {
    return (
      <div class="ending failed">
        <p class="eyebrow">The demo stopped</p>
        <p class="why">{view.conclusion ?? 'Something outside the script went wrong.'}</p>
      </div>
    );
  }
  if (!step) {
    return (
      <div class="ending">
        <p class="eyebrow">The end</p>
        <p class="why">{view.conclusion ?? 'Every step has been played.'}</p>
        {view.scenario.rule && (
          <p class="rule">
            In source code the linter reports this as <code>{view.scenario.rule}</code>.
          </p>
        )}
      </div>
    );
  }
  return (
    <div class="ahead">
      <p class="eyebrow">
        {under ? 'Now' : 'Next'}, step {step.index + 1} of {view.steps.length}
      </p>
      <Call view={view} step={step} />
      <p class="why">{step.explanation}</p>
    </div>
  );
}

function Call({ view, step }: { view: DemoView; step: StepView }) {
  return (
    <p class="call">
      <span class={`who hue-${hueOf(view, step.process)}`}>{labelOf(view, step.process)}</span>
      <code>{step.call}</code>
      {step.byHand && <span class="by-hand">by hand: the program lacks this call</span>}
    </p>
  );
}

const outcomeIcons: Record<StepView['status'], string> = {
  pending: 'circle-outline',
  running: 'loading',
  blocked: 'lock',
  done: 'check',
  differs: 'warning',
};

/** A failure that the script foresees is no fault of the demo, but no tick either. */
function iconOf(step: StepView): string {
  const bad = step.status === 'done' && /^(failed|killed)/.test(step.outcome ?? '');
  return bad ? 'close' : outcomeIcons[step.status];
}

function Outcome({ view, step }: { view: DemoView; step: StepView }) {
  // What came out stands in the outcome already.
  const moved = step.transfer?.direction === 'in' && step.status !== 'blocked';
  return (
    <p class={`outcome ${step.status}`}>
      <span class={`codicon codicon-${iconOf(step)}`} aria-hidden="true" />
      <span>
        {step.outcome ?? 'done'}
        {step.status === 'differs' && step.expected && <> (expected: {step.expected})</>}
        {moved && step.transfer && <span class="moved">{transferSentence(view, step.transfer)}</span>}
      </span>
    </p>
  );
}
