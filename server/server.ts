import { createConnection, ProposedFeatures } from 'vscode-languageserver/node';
import { LanguageServer } from './language-server';

/**
 * The language server over standard input and output (`--stdio`), Node IPC (`--node-ipc`) or a socket, as the
 * command line says. It lives as long as its client.
 */
const connection = createConnection(ProposedFeatures.all);
const server = new LanguageServer(connection);

process.on('unhandledRejection', (error) => server.report('Something failed that nobody waited for', error));
process.on('uncaughtException', (error) => server.report('Something failed unexpectedly', error));

// The library sees a closed stream end, but not a closed Node IPC channel.
process.once('disconnect', () => {
  void server.dispose().finally(() => process.exit(1));
});

server.listen();
