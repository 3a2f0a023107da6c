"""Default texts for a conversation that does not go on by itself, each by the first part of a language tag."""

IDLE_TEXTS = {
    "de": "Sind Sie noch da?",
    "en": "Are you still there?",
    "es": "¿Sigue ahí?",
    "fr": "Vous êtes toujours là ?",
    "it": "È ancora lì?",
    "nl": "Bent u er nog?",
    "pl": "Czy jest tam jeszcze ktoś?",
    "pt": "Ainda está aí?",
    "ja": "もしもし、聞こえていますか。",
    "ko": "아직 듣고 계신가요?",
    "zh": "您还在吗?",
}
"""To a person who has said nothing for long."""

IDLE_TEXTS_AGAIN = {
    "de": "Hallo? Ich höre nichts von Ihnen. Sind Sie noch da?",
    "en": "Hello? I don't hear anything from you. Are you still there?",
    "es": "¿Hola? No le oigo. ¿Sigue ahí?",
    "fr": "Allô ? Je ne vous entends pas. Vous êtes toujours là ?",
    "it": "Pronto? Non la sento. È ancora lì?",
    "nl": "Hallo? Ik hoor u niet. Bent u er nog?",
    "pl": "Halo? Nic nie słyszę. Czy jest tam jeszcze ktoś?",
    "pt": "Está? Não o ouço. Ainda está aí?",
    "ja": "もしもし、何も聞こえないようです。いらっしゃいますか。",
    "ko": "여보세요? 아무 소리도 들리지 않습니다. 아직 계신가요?",
    "zh": "喂?我没有听到您的声音。您还在吗?",
}
"""The same for the second time."""

IDLE_FAREWELLS = {
    "de": "Ich höre nichts mehr von Ihnen und lege jetzt auf. Auf Wiederhören.",
    "en": "I don't hear you any more, so I will hang up now. Goodbye.",
    "es": "Ya no le oigo, así que voy a colgar. Adiós.",
    "fr": "Je ne vous entends plus, je vais donc raccrocher. Au revoir.",
    "it": "Non la sento più, quindi ora chiudo la chiamata. Arrivederci.",
    "nl": "Ik hoor u niet meer, dus ik hang nu op. Tot ziens.",
    "pl": "Nic już nie słyszę, więc kończę rozmowę. Do widzenia.",
    "pt": "Já não o ouço, por isso vou desligar. Adeus.",
    "ja": "お声が聞こえませんので、お電話を切らせていただきます。失礼いたします。",
    "ko": "아무 말씀이 없으셔서 전화를 끊겠습니다. 안녕히 계세요.",
    "zh": "我听不到您的声音了,现在就挂断。再见。",
}
"""Before the bot hangs up as nobody says anything."""

FAREWELLS = {
    "de": "Hier müssen wir das Gespräch leider beenden. Vielen Dank, auf Wiederhören.",
    "en": "I am afraid we have to end the call here. Thank you, and goodbye.",
    "es": "Lo siento, tenemos que terminar aquí la llamada. Gracias y adiós.",
    "fr": "Je suis désolé, nous devons terminer l'appel ici. Merci et au revoir.",
    "it": "Mi dispiace, dobbiamo terminare qui la chiamata. Grazie e arrivederci.",
    "nl": "Helaas moeten we het gesprek hier beëindigen. Bedankt en tot ziens.",
    "pl": "Niestety musimy w tym miejscu zakończyć rozmowę. Dziękuję i do widzenia.",
    "pt": "Lamento, temos de terminar a chamada aqui. Obrigado e adeus.",
    "ja": "申し訳ございませんが、ここで通話を終了いたします。ありがとうございました。",
    "ko": "죄송하지만 여기서 통화를 마쳐야 합니다. 감사합니다. 안녕히 계세요.",
    "zh": "很抱歉,通话只能到此结束。谢谢您,再见。",
}
"""Before the bot ends a call that has reached a limit."""

NO_SOUND_TEXTS = {
    "de": "Ich höre nichts von Ihnen. Ist Ihr Mikrofon eingeschaltet?",
    "en": "I cannot hear anything from you. Is your microphone on?",
    "es": "No le oigo. ¿Tiene el micrófono encendido?",
    "fr": "Je n'entends rien. Votre micro est-il allumé ?",
    "it": "Non sento nulla. Il suo microfono è acceso?",
    "nl": "Ik hoor niets van u. Staat uw microfoon aan?",
    "pl": "Nic nie słyszę. Czy mikrofon jest włączony?",
    "pt": "Não ouço nada. O seu microfone está ligado?",
    "ja": "音声が届いていないようです。マイクはオンになっていますか。",
    "ko": "소리가 들리지 않습니다. 마이크가 켜져 있나요?",
    "zh": "我听不到您的声音。您的麦克风打开了吗?",
}
"""To a person from whom no sound comes at all."""
