import react from '@vitejs/plugin-react'
import { defineConfig, loadEnv } from 'vite'

export default defineConfig(({ command, mode }) => {
  if (command === 'build' && !loadEnv(mode, '.').VITE_STOMP_URL) {
    throw new Error('Set VITE_STOMP_URL, as https://api.example.com/stomp/ws-stomp')
  }
  return {
    plugins: [react()],
    define: { global: 'globalThis' } // sockjs-client was written for Node's name of it
  }
})
