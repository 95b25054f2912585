import { render } from 'preact';
import '../shared/theme.css';
import './demo.css';
import { App } from './app.tsx';

const place = document.getElementById('page');
if (place !== null) render(<App />, place);
