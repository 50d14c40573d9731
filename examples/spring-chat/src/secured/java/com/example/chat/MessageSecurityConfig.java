package com.example.chat;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.messaging.Message;
import org.springframework.security.authorization.AuthorizationManager;
import org.springframework.security.config.annotation.web.socket.EnableWebSocketSecurity;
import org.springframework.security.messaging.access.intercept.MessageMatcherDelegatingAuthorizationManager;

/** Who may send what; and every CONNECT frame needs the CSRF token as a header. */
@Configuration
@EnableWebSocketSecurity
public class MessageSecurityConfig {
  @Bean
  public AuthorizationManager<Message<?>> messageAuthorizationManager(
      MessageMatcherDelegatingAuthorizationManager.Builder messages) {
    return messages
        .nullDestMatcher().authenticated()
        .simpDestMatchers("/app/**").hasRole("USER")
        .simpSubscribeDestMatchers("/topic/**", "/queue/**").hasRole("USER")
        .anyMessage().denyAll()
        .build();
  }
}
