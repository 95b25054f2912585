import httpProxy from 'http-proxy-3';
import { serve } from './serve.mjs';

serve((options) => httpProxy.createProxyServer(options));
