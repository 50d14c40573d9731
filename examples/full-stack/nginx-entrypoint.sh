# Starts what it is given, nginx, with a certificate that lasts: a new one where there is none, or where it ends
# within a day.
set -eu

if ! openssl x509 -checkend 86400 -noout -in certificate/certificate.pem 2> /dev/null; then
    # The certificate comes last, so that one that is there has its key.
    openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=chat.localhost \
        -addext subjectAltName=DNS:app.chat.localhost,DNS:api.chat.localhost,DNS:evil.localhost \
        -keyout certificate/key.pem -out certificate/certificate.pem
fi

exec "$@"
