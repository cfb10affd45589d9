import { useLayoutEffect, useRef, useState } from 'preact/hooks';

export interface Option {
  text: string;
  meaning?: string | undefined;
}

interface Props {
  name: string;
  title: string;
  placeholder: string;
  value: string;
  options: Option[];
  /** Options are joined with `|`: the last word is completed. */
  combine: boolean;
  wide: boolean;
  wrong: boolean;
  onInput(text: string): void;
}

/** A text field with a list of what fits: it opens with Down, by a click or while one types. */
export function CompletingField(props: Props) {
  const { name, title, placeholder, value, options, combine, wide, wrong, onInput } = props;
  const input = useRef<HTMLInputElement>(null);
  const [open, setOpen] = useState<'no' | 'all' | 'fitting'>('no');
  const [at, setAt] = useState(-1);
  const [id] = useState(() => `field-${++fields}`);
  const shown = open === 'no' ? [] : open === 'all' ? options : fitting(options, value, combine);
  const close = () => {
    setOpen('no');
    setAt(-1);
  };
  const take = (option: Option) => {
    onInput(combine ? joined(value, option.text) : option.text);
    close();
    input.current?.focus();
  };
  const keyDown = (event: KeyboardEvent) => {
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      if (shown.length === 0) setOpen('all');
      const step = event.key === 'ArrowDown' ? 1 : -1;
      const count = shown.length || options.length;
      if (count > 0) setAt((at + step + count) % count);
    } else if (event.key === 'Escape' && shown.length > 0) {
      event.preventDefault();
      close();
    } else if (event.key === 'Enter' && shown[at]) {
      event.preventDefault();
      take(shown[at]);
    }
  };
  return (
    <div class={wide ? 'field wide' : 'field'}>
      <label class="name" for={id}>
        {name}
      </label>
      <input
        ref={input}
        id={id}
        type="text"
        role="combobox"
        spellcheck={false}
        autocomplete="off"
        maxLength={400}
        value={value}
        title={title}
        placeholder={placeholder}
        size={Math.max(6, Math.min(26, value.length + 2))}
        aria-autocomplete="list"
        aria-expanded={shown.length > 0}
        aria-controls={`${id}-list`}
        aria-activedescendant={shown[at] ? `${id}-${at}` : undefined}
        aria-invalid={wrong}
        aria-errormessage={wrong ? 'refused' : undefined}
        aria-description={title}
        onInput={(event) => {
          onInput(event.currentTarget.value);
          setOpen('fitting');
          setAt(-1);
        }}
        onClick={() => setOpen(open === 'no' ? 'all' : 'no')}
        onBlur={close}
        onKeyDown={keyDown}
      />
      {shown.length > 0 && <List id={id} options={shown} at={at} below={input} onTake={take} />}
    </div>
  );
}

let fields = 0;

interface ListProps {
  id: string;
  options: Option[];
  at: number;
  below: { current: HTMLInputElement | null };
  onTake(option: Option): void;
}

const highest = 240;

/** Placed in the window, since the part of the panel around it scrolls. */
function List({ id, options, at, below, onTake }: ListProps) {
  const list = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const field = below.current?.getBoundingClientRect();
    const element = list.current;
    if (!field || !element) return;
    const under = innerHeight - field.bottom - 8;
    const over = field.top - 8;
    const height = Math.min(highest, Math.max(under, over), element.scrollHeight + 2);
    element.style.maxHeight = `${height}px`;
    element.style.left = `${Math.max(4, Math.min(field.left, innerWidth - element.offsetWidth - 8))}px`;
    element.style.top = `${height <= under || under >= over ? field.bottom + 2 : field.top - height - 2}px`;
  });
  useLayoutEffect(() => {
    list.current?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: 'nearest' });
  }, [at]);
  return (
    <div ref={list} class="options" role="listbox" id={`${id}-list`}>
      {options.map((option, index) => (
        // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are handled by the field, which keeps the focus
        <div
          key={option.text}
          id={`${id}-${index}`}
          role="option"
          aria-selected={index === at}
          tabIndex={-1}
          // The field must not lose the focus.
          onMouseDown={(event) => event.preventDefault()}
          onClick={() => onTake(option)}
        >
          <code>{option.text}</code>
          {option.meaning && <span>{option.meaning.replaceAll('`', '')}</span>}
        </div>
      ))}
    </div>
  );
}

const lastWord = (text: string) => /[^|\s]*$/.exec(text)![0];

export function fitting(options: Option[], value: string, combine: boolean): Option[] {
  const wanted = (combine ? lastWord(value) : value.trim()).toLowerCase();
  if (wanted === '') return options;
  const found = options.filter(({ text }) => text.toLowerCase().includes(wanted));
  return found.length === 1 && found[0]!.text.toLowerCase() === wanted ? [] : found;
}

/** `O_CREAT | O_R` and `O_RDWR` become `O_CREAT | O_RDWR`; what is complete is kept. */
export function joined(value: string, text: string): string {
  const words = value.split('|').map((word) => word.trim());
  const last = words.at(-1) ?? '';
  const begun = last === '' || text.toLowerCase().includes(last.toLowerCase());
  const kept = (begun ? words.slice(0, -1) : words).filter((word) => word !== '' && word !== '0');
  if (text === '0') return '0';
  return kept.includes(text) ? kept.join(' | ') : [...kept, text].join(' | ');
}
