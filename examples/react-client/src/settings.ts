/** The SockJS endpoint. It is fixed when the page is built: nothing in its address leads it elsewhere. */
export const STOMP_URL = import.meta.env.VITE_STOMP_URL ?? 'http://localhost:8000/stomp/ws-stomp'

/** Where the CSRF token is read before each CONNECT, or undefined for a service that asks for none. */
export const CSRF_URL = import.meta.env.VITE_CSRF_URL
