package com.example.chat;

import jakarta.servlet.DispatcherType;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.HttpStatus;
import org.springframework.security.config.Customizer;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.core.userdetails.User;
import org.springframework.security.core.userdetails.UserDetailsService;
import org.springframework.security.provisioning.InMemoryUserDetailsManager;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.security.web.authentication.HttpStatusEntryPoint;
import org.springframework.security.web.savedrequest.HttpSessionRequestCache;
import org.springframework.security.web.savedrequest.RequestCache;
import org.springframework.security.web.servlet.util.matcher.PathPatternRequestMatcher;
import org.springframework.security.web.util.matcher.RequestMatcher;

/** Form login and a session cookie for pages and for SockJS. */
@Configuration
public class SecurityConfig {
  private static final RequestMatcher SOCKJS = PathPatternRequestMatcher.withDefaults().matcher("/ws-stomp/**");

  @Bean
  public SecurityFilterChain filterChain(HttpSecurity http) throws Exception {
    return http
        .authorizeHttpRequests(requests -> requests
            .dispatcherTypeMatchers(DispatcherType.ERROR).permitAll() // or an error is hidden by the login form
            .anyRequest().authenticated())
        .formLogin(Customizer.withDefaults())
        .requestCache(cache -> cache.requestCache(pagesAskedFor()))
        // Pages are led to the login form. SockJS, as all that is no page, is told 401.
        .exceptionHandling(errors -> errors
            .defaultAuthenticationEntryPointFor(new HttpStatusEntryPoint(HttpStatus.UNAUTHORIZED), SOCKJS))
        // SockJS cannot send the token with its POSTs: it stands in the CONNECT frame, see MessageSecurityConfig.
        .csrf(csrf -> csrf.ignoringRequestMatchers(SOCKJS))
        .build();
  }

  /**
   * Where to go after the login. To remember it takes a session: a script that asks again and again while its user
   * logs in would be given a new one by each 401, and that cookie would replace the one of the login.
   */
  private static RequestCache pagesAskedFor() {
    HttpSessionRequestCache cache = new HttpSessionRequestCache();
    cache.setRequestMatcher(request -> "navigate".equals(request.getHeader("Sec-Fetch-Mode")));
    return cache;
  }

  /** Two users to try it with: yours come from where you keep them. */
  @Bean
  public UserDetailsService users() {
    return new InMemoryUserDetailsManager(
        User.withUsername("alice").password("{noop}wonderland").roles("USER").build(),
        User.withUsername("bob").password("{noop}builder").roles("USER").build());
  }
}
