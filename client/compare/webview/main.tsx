import { render } from 'preact';
import '../../panel/webview/css/base.css';
import type { ToCompareWebview } from '../messages';
import { App } from './app';
import './compare.css';
import { receive, send } from './store';

window.addEventListener('message', (event: MessageEvent<ToCompareWebview>) => receive(event.data));
render(<App />, document.getElementById('root')!);
send({ type: 'ready' });
