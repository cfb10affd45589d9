import { useEffect, useRef } from 'preact/hooks';
import type { DemoView, OfferedCall, OfferedParameter, ProcessView } from '../../../server/protocol';
import { CompletingField, type Option } from './completing-field';
import { choose, isBusy, issue, issueOutside, offer, putArgument, putInto, refused, takeAgain } from './hand';
import { hueOf } from './hues';
import { Prose } from './prose';
import { form, send } from './store';
import { shortName, stateWords } from './words';

/** The person picks a process and a call, gives the arguments, and issues it. */
export function Playground({ view }: { view: DemoView }) {
  useEffect(() => {
    if (offer.value === undefined) send({ type: 'offer' });
  }, [view.session]);
  const offered = offer.value;
  if (!offered) return <p class="playground-waits">Looking what this demo can do…</p>;
  const call = offered.calls.find(({ name }) => name === form.value.call) ?? offered.calls[0]!;
  const process = view.processes.find(({ id }) => id === form.value.process);
  const wrong = refused.value;
  return (
    <form
      class="playground"
      aria-label="Playground"
      onSubmit={(event) => {
        event.preventDefault();
        issue();
      }}
    >
      <Processes view={view} chosen={process} most={offered.most.processes} />
      <div class="call-line">
        <CallPicker calls={offered.calls} chosen={call} />
        {call.parameters.map((parameter, index) => (
          <Argument
            key={`${call.name} ${index}`}
            parameter={parameter}
            index={index}
            process={process}
            wrong={wrong?.at === index}
          />
        ))}
        <Into wrong={wrong?.at === 'into'} />
        <button type="submit" class="primary issue" aria-disabled={isBusy.value}>
          <span class="codicon codicon-debug-start" aria-hidden="true" />
          Issue
        </button>
      </div>
      {wrong ? (
        <p class="refused" role="alert" id="refused">
          <span class="codicon codicon-error" aria-hidden="true" />
          <Prose text={wrong.message} />
        </p>
      ) : (
        <p class="told">
          <Prose text={[call.summary, call.here].filter(Boolean).join(' ')} />
        </p>
      )}
      <Foot view={view} />
    </form>
  );
}

function Processes({ view, chosen, most }: { view: DemoView; chosen?: ProcessView; most: number }) {
  const living = view.processes.filter(
    ({ pid, state }) => pid !== undefined && state !== 'gone' && state !== 'zombie',
  );
  const stopped = chosen?.state === 'stopped';
  return (
    <div class="processes">
      <fieldset class="whom">
        <legend class="spoken">Process</legend>
        {living.map((process) => (
          <label key={process.id} class={process.id === chosen?.id ? 'chosen' : ''}>
            <input
              type="radio"
              name="process"
              checked={process.id === chosen?.id}
              onChange={() => choose({ process: process.id })}
            />
            <span class={`who hue-${hueOf(view, process.id)}`}>{shortName(process.title)}</span>
            {process.state !== 'running' && <span class="state">{stateWords[process.state]}</span>}
          </label>
        ))}
        {living.length === 0 && <span class="state">No process is alive. Start one.</span>}
      </fieldset>
      <span class="outside">
        <button
          type="button"
          class="icon"
          disabled={view.processes.length >= most}
          title={`Start another program, unrelated to the others (at most ${most} processes)`}
          aria-label="Start another program"
          onClick={() => issueOutside('start')}
        >
          <span class="codicon codicon-add" aria-hidden="true" />
        </button>
        {chosen && (
          <>
            <button
              type="button"
              class="icon"
              title={stopped ? 'Continue it (SIGCONT)' : 'Stop it (SIGSTOP)'}
              aria-label={`${stopped ? 'Continue' : 'Stop'} ${chosen.title}`}
              onClick={() => issueOutside(stopped ? 'SIGCONT' : 'SIGSTOP')}
            >
              <span class={`codicon codicon-debug-${stopped ? 'continue' : 'pause'}`} aria-hidden="true" />
            </button>
            <button
              type="button"
              class="icon"
              title="Kill it (SIGKILL)"
              aria-label={`Kill ${chosen.title}`}
              onClick={() => issueOutside('SIGKILL')}
            >
              <span class="codicon codicon-debug-stop" aria-hidden="true" />
            </button>
          </>
        )}
      </span>
    </div>
  );
}

const groups: Record<OfferedCall['group'], string> = {
  subject: 'Of this demo',
  process: 'Processes and signals',
  other: 'All others',
};

function CallPicker({ calls, chosen }: { calls: OfferedCall[]; chosen: OfferedCall }) {
  return (
    <div class="field">
      <label class="name" for="call">
        call
      </label>
      <select id="call" value={chosen.name} onChange={(event) => choose({ call: event.currentTarget.value })}>
        {Object.entries(groups).map(([group, title]) => (
          <optgroup key={group} label={title}>
            {calls
              .filter((call) => call.group === group)
              .map((call) => (
                <option key={call.name} value={call.name}>
                  {call.title}
                </option>
              ))}
          </optgroup>
        ))}
      </select>
    </div>
  );
}

interface ArgumentProps {
  parameter: OfferedParameter;
  index: number;
  process?: ProcessView;
  wrong: boolean;
}

function Argument({ parameter, index, process, wrong }: ArgumentProps) {
  const { name, role, kind, combine, optional, counts } = parameter;
  return (
    <CompletingField
      name={name}
      title={`${name}: ${role}${optional ? ' (may be left out)' : ''}`}
      placeholder={counts ? 'all of it' : optional ? 'none' : ''}
      value={form.value.args[index] ?? ''}
      options={optionsOf(parameter, process)}
      combine={combine ?? false}
      wide={kind === 'address' || combine === true}
      wrong={wrong}
      onInput={(text) => putArgument(index, text)}
    />
  );
}

/** What fits here: variables of the process, constants, and what the demos give. */
function optionsOf({ kind, choices, examples, fixed }: OfferedParameter, process?: ProcessView): Option[] {
  const variables = (process?.variables ?? []).filter(
    ({ value }) => value.endsWith(' bytes') === (kind === 'text'),
  );
  const named = fixed || kind === 'variable' || kind === 'address';
  const own = named ? [] : variables.map(({ name, value }) => ({ text: name, meaning: `holds ${value}` }));
  const told = examples.map((text) => ({ text }));
  return choices.length > 0 ? [...choices, ...told, ...own] : [...own, ...told];
}

function Into({ wrong }: { wrong: boolean }) {
  return (
    <CompletingField
      name="result in"
      title="The variable that takes what the call returns (may be left out)"
      placeholder="none"
      value={form.value.into}
      options={[]}
      combine={false}
      wide={false}
      wrong={wrong}
      onInput={putInto}
    />
  );
}

const shownAgain = 12;

function Foot({ view }: { view: DemoView }) {
  const select = useRef<HTMLSelectElement>(null);
  const own = view.steps.filter((step) => step.yours && !/^(SIG[A-Z]+|start)$/.test(step.yours.call));
  return (
    <p class="foot">
      {own.length > 0 && (
        <span>
          <label for="again">Once more: </label>
          <select
            id="again"
            ref={select}
            value=""
            onChange={(event) => {
              const step = view.steps[Number(event.currentTarget.value)];
              if (step) takeAgain(step);
              if (select.current) select.current.value = '';
            }}
          >
            <option value="">{own.length === 1 ? 'your call' : `your ${own.length} calls`}</option>
            {own
              .slice(-shownAgain)
              .reverse()
              .map((step) => (
                <option key={step.index} value={step.index}>
                  {shortName(view.processes.find(({ id }) => id === step.process)?.title ?? step.process)}:{' '}
                  {step.call}
                </option>
              ))}
          </select>
        </span>
      )}
      {view.next !== undefined && (
        <button
          type="button"
          class="link"
          title="What is left of the script is not played. Restart brings it back."
          onClick={() => send({ type: 'act', action: 'leave' })}
        >
          Leave the script
        </button>
      )}
    </p>
  );
}
