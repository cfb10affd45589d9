import { render } from 'preact';
import type { ToKernelWebview } from '../messages';
import { App } from './app';
import '../../panel/webview/css/base.css';
import './kernel.css';
import { receive, send } from './store';

window.addEventListener('message', (event: MessageEvent<ToKernelWebview>) => receive(event.data));
render(<App />, document.getElementById('root')!);
send({ type: 'ready' });
