# The native parts: the addon which reads kernel tables and the actor which the demos run. Linux only; elsewhere
# nothing is built and the rest of IPC Lens works without them.
{
  'variables': {
    # Listed by Node, not by a shell, so that an empty folder is an empty list. Paths are relative to this file.
    'addon_sources': [
      '<!@(node -p "require(\'fs\').readdirSync(\'native/addon\').filter((f) => f.endsWith(\'.cc\')).map((f) => \'native/addon/\' + f).join(\' \')")',
    ],
    'actor_count': '<!(node -p "require(\'fs\').readdirSync(\'native/actor\').filter((f) => f.endsWith(\'.c\')).length")',
  },
  'target_defaults': {
    # `npm test` adds -Werror: a compiler of next year with a new warning must not keep a user from building.
    'cflags': ['-Wall', '-Wextra', '-fvisibility=hidden'],
    # What Node's own configuration turns off for itself holds no reason for us.
    'cflags!': ['-Wno-unused-parameter', '-w'],
  },
  'conditions': [
    ['OS=="linux"', {
      'targets': [
        {
          'target_name': 'ipc_lens_addon',
          'sources': ['<@(addon_sources)'],
          'dependencies': ['<!(node -p "require(\'node-addon-api\').targets"):node_addon_api'],
          # Node-API 8 is in every Node since 12.22: one build serves the Node of any editor.
          'defines': ['NAPI_VERSION=8', '_FILE_OFFSET_BITS=64'],
          # For mq_getattr and mq_unlink before glibc 2.34.
          'libraries': ['-lrt'],
        },
      ],
    }],
    ['OS=="linux" and actor_count!=0', {
      'targets': [
        {
          'target_name': 'ipc_lens_actor',
          'type': 'executable',
          'sources': [
            '<!@(node -p "require(\'fs\').readdirSync(\'native/actor\').filter((f) => f.endsWith(\'.c\')).map((f) => \'native/actor/\' + f).join(\' \')")',
          ],
          'defines': ['_GNU_SOURCE'],
          'cflags_c': ['-std=gnu17'],
          'libraries': ['-lrt', '-lpthread'],
        },
      ],
    }],
    ['OS!="linux"', {
      'targets': [{ 'target_name': 'ipc_lens_addon', 'type': 'none' }],
    }],
  ],
}
