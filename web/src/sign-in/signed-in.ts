/** A page of our own behind the proxy: to open it is to sign in. */
export const SIGN_IN_PAGE = "/sign-in.html";

/** On which a page that finds someone signed in tells the others. */
export const SIGNED_IN_CHANNEL = "chatbot:signed-in";
