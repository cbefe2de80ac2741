import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app/App';
import './lib/theme/tokens.css';
import './components/base.css';
import './app/frame.css';

createRoot(document.getElementById('root')!).render(<StrictMode><App /></StrictMode>);
