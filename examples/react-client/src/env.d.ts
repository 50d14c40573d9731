interface ImportMetaEnv {
  /** The SockJS endpoint: https://api.example.com/stomp/ws-stomp. */
  readonly VITE_STOMP_URL?: string
  /** Where Spring Security's CSRF token is read; only for a service that asks for one. */
  readonly VITE_CSRF_URL?: string
}
