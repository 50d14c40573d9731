package com.example.chat;

import java.security.Principal;
import java.util.Optional;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.messaging.handler.annotation.MessageMapping;
import org.springframework.messaging.handler.annotation.SendTo;
import org.springframework.stereotype.Controller;

@Controller
public class ChatController {
  private final String instance;

  public ChatController(@Value("${chat.instance}") String instance) {
    this.instance = instance;
  }

  public record ChatBroadcast(String id, String from, String text, String instance) {
  }

  /** Who is logged in cannot write under another name; without a login the client's word counts. */
  @MessageMapping("/chat")
  @SendTo("/topic/chat")
  public ChatBroadcast chat(ChatMessage message, Optional<Principal> user) {
    String from = user.map(Principal::getName).orElse(message.from());
    return new ChatBroadcast(message.id(), from, message.text(), instance);
  }
}
