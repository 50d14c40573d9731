package com.example.chat;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.task.SyncTaskExecutor;
import org.springframework.messaging.Message;
import org.springframework.messaging.simp.config.ChannelRegistration;
import org.springframework.security.authorization.AuthorizationManager;
import org.springframework.security.config.annotation.web.socket.EnableWebSocketSecurity;
import org.springframework.security.messaging.access.intercept.MessageMatcherDelegatingAuthorizationManager;
import org.springframework.web.socket.config.annotation.StompEndpointRegistry;
import org.springframework.web.socket.config.annotation.WebSocketMessageBrokerConfigurer;

/** Who may send what; and every CONNECT frame needs the CSRF token as a header. */
@Configuration
@EnableWebSocketSecurity
public class MessageSecurityConfig implements WebSocketMessageBrokerConfigurer {
  @Bean
  public AuthorizationManager<Message<?>> messageAuthorizationManager(
      MessageMatcherDelegatingAuthorizationManager.Builder messages) {
    return messages
        .nullDestMatcher().authenticated()
        .simpDestMatchers("/app/**").hasRole("USER")
        // By name: the simple broker takes patterns, and "/queue/**" would bring a user what is private to others.
        .simpSubscribeDestMatchers("/topic/chat", "/user/queue/errors").hasRole("USER")
        .anyMessage().denyAll()
        .build();
  }

  /** Its queue would swallow what refuses a frame, and the client wait for ever in place of getting an ERROR. */
  @Override
  public void registerStompEndpoints(StompEndpointRegistry registry) {
    registry.setPreserveReceiveOrder(false);
  }

  /** Keeps the order in its place: a client's frames are handled by the thread that read them. */
  @Override
  public void configureClientInboundChannel(ChannelRegistration registration) {
    registration.executor(new SyncTaskExecutor());
  }
}
