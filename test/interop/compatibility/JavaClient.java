import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.WebSocket;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;

/**
 * What a Java team's client does, with the defaults of java.net.http: it asks for h2c with each request.
 * Arguments: `info`, `post` or `websocket`; the URL of the endpoint, or of the plain WebSocket; lines of headers
 * for CONNECT. Prints a line a step; ends with code 1 and the error when one fails.
 */
public class JavaClient {
  private static final int SOON_S = 15;
  private static final HttpClient CLIENT = HttpClient.newHttpClient();

  public static void main(String[] args) throws Exception {
    String connect = "CONNECT\naccept-version:1.2\nhost:/\n";
    for (int i = 2; i < args.length; i++) connect += args[i] + "\n";
    connect += "\n\0";
    switch (args[0]) {
      case "info" -> say("info", ask(get(args[1] + "/info"), "\"websocket\":true"));
      case "post" -> openSession(args[1], connect);
      case "websocket" -> openSocket(args[1], connect);
      default -> throw new IllegalArgumentException(args[0]);
    }
    System.exit(0); // the client's threads would keep the process for a while
  }

  /**
   * A session by polls without a body, which carries a frame as a body. One poll waits all the time: Spring ends a
   * session that nobody asks for in 5 s, and a new JVM may be slow.
   */
  private static void openSession(String endpoint, String connect) throws Exception {
    String session = endpoint + "/000/" + UUID.randomUUID();
    HttpRequest poll = post(session + "/xhr").POST(BodyPublishers.noBody()).build();
    say("open", ask(poll, "o\n"));
    CompletableFuture<HttpResponse<String>> waiting = CLIENT.sendAsync(poll, BodyHandlers.ofString());
    String messages = "[\"" + connect.replace("\n", "\\n").replace("\0", "\\u0000") + "\"]";
    say("send", ask(post(session + "/xhr_send").POST(BodyPublishers.ofString(messages)).build(), ""));
    say("poll", read(poll, waiting.get(SOON_S, TimeUnit.SECONDS), "a[\"CONNECTED"));
  }

  private static void openSocket(String url, String connect) throws Exception {
    CompletableFuture<String> first = new CompletableFuture<>();
    WebSocket socket = CLIENT.newWebSocketBuilder()
        .subprotocols("v12.stomp")
        .buildAsync(URI.create(url), new Listener(first))
        .get(SOON_S, TimeUnit.SECONDS);
    say("sub-protocol", socket.getSubprotocol());
    socket.sendText(connect, true).get(SOON_S, TimeUnit.SECONDS);
    say("frame", first.get(SOON_S, TimeUnit.SECONDS).lines().findFirst().orElse(""));
    socket.sendClose(WebSocket.NORMAL_CLOSURE, "").get(SOON_S, TimeUnit.SECONDS);
  }

  /** Hands on the first message, whole. */
  private static class Listener implements WebSocket.Listener {
    private final CompletableFuture<String> first;
    private final StringBuilder text = new StringBuilder();

    Listener(CompletableFuture<String> first) {
      this.first = first;
    }

    @Override
    public CompletionStage<?> onText(WebSocket socket, CharSequence part, boolean last) {
      text.append(part);
      if (last) first.complete(text.toString());
      socket.request(1);
      return null;
    }

    @Override
    public CompletionStage<?> onClose(WebSocket socket, int code, String reason) {
      first.completeExceptionally(new IllegalStateException("closed with " + code));
      return null;
    }

    @Override
    public void onError(WebSocket socket, Throwable error) {
      first.completeExceptionally(error);
    }
  }

  private static HttpRequest get(String url) {
    return HttpRequest.newBuilder(URI.create(url)).timeout(Duration.ofSeconds(SOON_S)).build();
  }

  private static HttpRequest.Builder post(String url) {
    return HttpRequest.newBuilder(URI.create(url)).timeout(Duration.ofSeconds(SOON_S));
  }

  /** Protocol and status of an answer that succeeded and holds `wanted`. */
  private static String ask(HttpRequest request, String wanted) throws Exception {
    return read(request, CLIENT.send(request, BodyHandlers.ofString()), wanted);
  }

  private static String read(HttpRequest request, HttpResponse<String> answer, String wanted) {
    String told = answer.version() + " " + answer.statusCode();
    if (answer.statusCode() / 100 != 2 || !answer.body().contains(wanted)) {
      String path = request.uri().getPath();
      throw new IllegalStateException(
          path.substring(path.lastIndexOf('/') + 1) + " was answered " + told + " " + answer.body().strip());
    }
    return told;
  }

  private static void say(String step, String result) {
    System.out.println(step + ": " + result);
  }
}
