/** Operations of the audit that the compiled engine refuses, with the kernel that it names. */
export const UNSUPPORTED: Readonly<Record<string, string>> = {
  "fft real part": "Complex",
  "fft of complex": "Complex",
  "fft magnitude": "Complex",
  "ifft magnitude": "Complex",
  "rfft magnitude": "Complex",
  "rfft padded": "Complex",
  irfft: "Complex",
  "stft magnitude": "Complex",
  "complex product": "Complex",
  "complex arithmetic": "Complex",
};
