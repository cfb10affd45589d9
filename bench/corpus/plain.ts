/** What surrounds IPC in every program: text, tables, lists, settings. */
import { c, type Template } from './piece';

const text: Template = (w) => ({
  includes: ['ctype.h', 'stdarg.h', 'stdio.h', 'stdlib.h', 'string.h'],
  entry: `${w.name}_text`,
  code: c`
/* A string that grows. */
struct ${w.name}_string {
  char *text;
  size_t length, room;
};

static int ${w.name}_reserve(struct ${w.name}_string *string, size_t more)
{
  size_t wanted = string->length + more + 1;
  if (wanted <= string->room)
    return 0;
  size_t room = string->room ? string->room : ${w.size()};
  while (room < wanted)
    room *= 2;
  char *text = realloc(string->text, room);
  if (!text)
    return -1;
  string->text = text;
  string->room = room;
  return 0;
}

__attribute__((format(printf, 2, 3)))
static int ${w.name}_append(struct ${w.name}_string *string, const char *format, ...)
{
  va_list arguments;
  va_start(arguments, format);
  int length = vsnprintf(NULL, 0, format, arguments);
  va_end(arguments);
  if (length < 0 || ${w.name}_reserve(string, (size_t)length) == -1)
    return -1;
  va_start(arguments, format);
  vsnprintf(string->text + string->length, (size_t)length + 1, format, arguments);
  va_end(arguments);
  string->length += (size_t)length;
  return 0;
}

static char *${w.name}_trim(char *line)
{
  while (isspace((unsigned char)*line))
    line++;
  char *end = line + strlen(line);
  while (end > line && isspace((unsigned char)end[-1]))
    *--end = '\0';
  return line;
}

static int ${w.name}_text(int argc, char **argv)
{
  struct ${w.name}_string all = { 0 };
  for (int i = 1; i < argc; i++) {
    char *word = ${w.name}_trim(argv[i]);
    if (*word == '\0' || *word == '#')
      continue;
    if (${w.name}_append(&all, "%s%s", all.length ? "${w.random.pick([', ', ' ', ':', '\\n'])}" : "", word) == -1) {
      free(all.text);
      return 1;
    }
  }
  if (all.text)
    puts(all.text);
  free(all.text);
  return 0;
}
`,
});

const table: Template = (w) => ({
  includes: ['stdint.h', 'stdio.h', 'stdlib.h', 'string.h'],
  entry: `${w.name}_table`,
  code: c`
/* A hash table with open addressing. */
struct ${w.name}_entry {
  char *key;
  long value;
};

struct ${w.name}_map {
  struct ${w.name}_entry *entries;
  size_t room, used;
};

static uint32_t ${w.name}_hash(const char *key)
{
  uint32_t hash = ${w.number(1, 99999)}u;
  for (; *key; key++) {
    hash ^= (unsigned char)*key;
    hash *= 16777619u;
  }
  return hash;
}

static struct ${w.name}_entry *${w.name}_slot(const struct ${w.name}_map *map, const char *key)
{
  size_t at = ${w.name}_hash(key) & (map->room - 1);
  while (map->entries[at].key && strcmp(map->entries[at].key, key) != 0)
    at = (at + 1) & (map->room - 1);
  return &map->entries[at];
}

static int ${w.name}_grow(struct ${w.name}_map *map)
{
  struct ${w.name}_map bigger = { .room = map->room ? map->room * 2 : 16, .used = map->used };
  bigger.entries = calloc(bigger.room, sizeof *bigger.entries);
  if (!bigger.entries)
    return -1;
  for (size_t i = 0; i < map->room; i++)
    if (map->entries[i].key)
      *${w.name}_slot(&bigger, map->entries[i].key) = map->entries[i];
  free(map->entries);
  *map = bigger;
  return 0;
}

static long *${w.name}_value(struct ${w.name}_map *map, const char *key)
{
  if (map->used * 4 >= map->room * 3 && ${w.name}_grow(map) == -1)
    return NULL;
  struct ${w.name}_entry *entry = ${w.name}_slot(map, key);
  if (!entry->key) {
    entry->key = strdup(key);
    if (!entry->key)
      return NULL;
    map->used++;
  }
  return &entry->value;
}

static int ${w.name}_table(int argc, char **argv)
{
  struct ${w.name}_map map = { 0 };
  int result = 0;
  for (int i = 1; i < argc; i++) {
    long *value = ${w.name}_value(&map, argv[i]);
    if (!value) {
      result = 1;
      break;
    }
    *value += ${w.number(1, 9)};
  }
  for (size_t i = 0; i < map.room; i++) {
    if (!map.entries[i].key)
      continue;
    printf("%s\t%ld\n", map.entries[i].key, map.entries[i].value);
    free(map.entries[i].key);
  }
  free(map.entries);
  return result;
}
`,
});

const settings: Template = (w) => {
  const keys = Array.from(
    { length: w.number(5, 14) },
    (_, i) => `${w.random.pick(['limit', 'delay', 'level', 'size', 'mode'])}_${i}`,
  );
  return {
    includes: ['errno.h', 'limits.h', 'stdio.h', 'stdlib.h', 'string.h', 'strings.h'],
    entry: `${w.name}_configure`,
    code: c`
struct ${w.name}_settings {
${keys.map((key) => `  long ${key};`).join('\n')}
};

static int ${w.name}_number(const char *word, long *number)
{
  char *end;
  errno = 0;
  long value = strtol(word, &end, 0);
  if (errno != 0 || end == word || *end != '\0')
    return -1;
  *number = value;
  return 0;
}

static int ${w.name}_set(struct ${w.name}_settings *settings, const char *key, const char *value)
{
  long number;
  if (strcasecmp(value, "yes") == 0 || strcasecmp(value, "on") == 0)
    number = 1;
  else if (strcasecmp(value, "no") == 0 || strcasecmp(value, "off") == 0)
    number = 0;
  else if (${w.name}_number(value, &number) == -1)
    return -1;
${keys
  .map(
    (key, i) =>
      `  ${i ? 'else ' : ''}if (strcmp(key, "${key}") == 0) {\n    if (number < ${w.number(0, 9)} || number > ${w.number(10, 100000)})\n      return -1;\n    settings->${key} = number;\n  }`,
  )
  .join('\n')
  .replaceAll('}\n  else', '} else')}
  else
    return -1;
  return 0;
}

static int ${w.name}_load(struct ${w.name}_settings *settings, const char *path)
{
  char line[${w.number(128, 1024)}];
  int number = 0;
  FILE *file = fopen(path, "re");
  if (!file)
    return -1;
  while (fgets(line, sizeof line, file)) {
    number++;
    char *equals = strchr(line, '=');
    line[strcspn(line, "#\n")] = '\0';
    if (line[0] == '\0' || !equals)
      continue;
    *equals = '\0';
    if (${w.name}_set(settings, line, equals + 1) == -1)
      fprintf(stderr, "%s:%d: bad setting\n", path, number);
  }
  int failed = ferror(file);
  fclose(file);
  return failed ? -1 : 0;
}

static int ${w.name}_configure(int argc, char **argv)
{
  struct ${w.name}_settings settings = { .${keys[0]} = ${w.number(1, 8)} };
  for (int i = 1; i < argc; i++)
    if (${w.name}_load(&settings, argv[i]) == -1) {
      fprintf(stderr, "%s: %s\n", argv[i], strerror(errno));
      return 1;
    }
  printf("${keys[0]}=%ld\n", settings.${keys[0]});
  return 0;
}
`,
  };
};

const machine: Template = (w) => {
  const states = Array.from({ length: w.number(4, 9) }, (_, i) => `${w.name}_state_${i}`);
  return {
    includes: ['stdio.h', 'string.h', 'unistd.h'],
    entry: `${w.name}_machine`,
    code: c`
/* What is understood of a stream of bytes, state by state. */
enum ${w.name}_state { ${states.join(', ')}, ${w.name}_bad };

struct ${w.name}_parser {
  enum ${w.name}_state state;
  unsigned long values[${states.length}];
  unsigned checksum;
  int escaped;
};

static void ${w.name}_byte(struct ${w.name}_parser *parser, unsigned char byte)
{
  parser->checksum = (parser->checksum << 1 | parser->checksum >> 31) ^ byte;
  switch (parser->state) {
${states
  .map((state, i) => {
    const next = states[(i + 1) % states.length];
    return `  case ${state}:
    if (byte == '\\\\' && !parser->escaped) {
      parser->escaped = 1;
    } else if (parser->escaped) {
      parser->escaped = 0;
      parser->values[${i}] += byte;
    } else if (byte >= '0' && byte <= '9') {
      parser->values[${i}] = parser->values[${i}] * 10 + (unsigned long)(byte - '0');
      if (parser->values[${i}] > ${w.number(100, 99999)})
        parser->state = ${w.name}_bad;
    } else if (byte == '${w.random.pick([',', ';', ':', '/'])}') {
      parser->state = ${next};
    } else if (byte != ' ') {
      parser->state = ${i % 2 ? `${w.name}_bad` : states[0]};
    }
    break;`;
  })
  .join('\n')}
  case ${w.name}_bad:
    if (byte == '\n')
      memset(parser, 0, sizeof *parser);
    break;
  }
}

static int ${w.name}_machine(int argc, char **argv)
{
  struct ${w.name}_parser parser = { 0 };
  unsigned char ${w.buffer}[${w.size()}];
  ssize_t n;
  (void)argc;
  while ((n = read(STDIN_FILENO, ${w.buffer}, sizeof ${w.buffer})) > 0)
    for (ssize_t i = 0; i < n; i++)
      ${w.name}_byte(&parser, ${w.buffer}[i]);
  if (n == -1) {
    perror(argv[0]);
    return 1;
  }
  for (size_t i = 0; i < sizeof parser.values / sizeof parser.values[0]; i++)
    printf("%lu ", parser.values[i]);
  printf("%08x\n", parser.checksum);
  return parser.state == ${w.name}_bad;
}
`,
  };
};

export const plain: Template[] = [text, table, settings, machine];
