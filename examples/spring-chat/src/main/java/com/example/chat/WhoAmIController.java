package com.example.chat;

import jakarta.servlet.http.HttpServletRequest;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/** Tells a request how it looks from in here. */
@RestController
public class WhoAmIController {
  private final String instance;

  public WhoAmIController(@Value("${chat.instance}") String instance) {
    this.instance = instance;
  }

  public record WhoAmI(String instance, String address, String scheme, String host, int port) {
  }

  @GetMapping("/whoami")
  public WhoAmI whoAmI(HttpServletRequest request) {
    return new WhoAmI(instance, request.getRemoteAddr(), request.getScheme(),
        request.getServerName(), request.getServerPort());
  }
}
