// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

// The tables of the MixedModels.jl 4.31 documentation for sleepstudy with `days` as categories and
// correlated effects.
//
// With `(1 | subj) + (days | subj)` that program ended at a point that is no minimum, 23.75 above
// ours on the scale of -2 logLik, whence the variance of zero and the undefined correlations. With
// 180 effects or more for 180 rows theta and sigma are not identified, and only what does not
// depend on them is compared. Its 1610.7987 is 5e-4 above the optimum.

extension SeedTable {
  static let categoricalFull = SeedTable(
    formula: "reaction ~ 1 + days + (1 + days|subj)", dataset: .sleepstudy,
    hasCategoricalDays: true, isIdentified: false,
    text: """
      Linear mixed model fit by maximum likelihood
       reaction ~ 1 + days + (1 + days | subj)
         logLik   -2 logLik     AIC       AICc        BIC    
        -805.3994  1610.7987  1742.7987  1821.0642  1953.5339

      Variance components:
                  Column    Variance  Std.Dev.   Corr.
      subj     (Intercept)   954.66067 30.89758
               days: 1       498.34749 22.32370 -0.30
               days: 2       916.26827 30.26992 -0.57 +0.75
               days: 3      1268.96763 35.62257 -0.37 +0.72 +0.87
               days: 4      1487.09850 38.56292 -0.31 +0.59 +0.67 +0.91
               days: 5      2302.20224 47.98127 -0.25 +0.46 +0.45 +0.70 +0.85
               days: 6      3851.78092 62.06272 -0.27 +0.30 +0.48 +0.70 +0.77 +0.75
               days: 7      1808.39158 42.52519 -0.16 +0.22 +0.47 +0.50 +0.63 +0.64 +0.71
               days: 8      3159.98677 56.21376 -0.20 +0.29 +0.36 +0.56 +0.73 +0.90 +0.73 +0.74
               days: 9      3086.04128 55.55215 +0.06 +0.26 +0.16 +0.38 +0.59 +0.78 +0.38 +0.53 +0.85
      Residual                18.79114  4.33488
       Number of obs: 180; levels of grouping factors: 18

        Fixed-effects parameters:
      ───────────────────────────────────────────────────
                       Coef.  Std. Error      z  Pr(>|z|)
      ───────────────────────────────────────────────────
      (Intercept)  256.652       7.35396  34.90    <1e-99
      days: 1        7.84395     5.45654   1.44    0.1506
      days: 2        8.71009     7.27954   1.20    0.2315
      days: 3       26.3402      8.51975   3.09    0.0020
      days: 4       31.9976      9.2035    3.48    0.0005
      days: 5       51.8666     11.4012    4.55    <1e-05
      days: 6       55.5265     14.6995    3.78    0.0002
      days: 7       62.0988     10.1269    6.13    <1e-09
      days: 8       79.9777     13.3283    6.00    <1e-08
      days: 9       94.1994     13.1733    7.15    <1e-12
      ───────────────────────────────────────────────────
      """,
    differences: [
      Difference(
        "  -805.3994  1610.7987  1742.7987  1821.0642  1953.5339",
        "  -805.3991  1610.7982  1742.7982  1821.0637  1953.5334"),
      Difference(
        "(Intercept)  256.652       7.35396  34.90    <1e-99",
        "(Intercept)  256.652       7.35962  34.87    <1e-99"),
      Difference(
        "days: 1        7.84395     5.45654   1.44    0.1506",
        "days: 1        7.84395     5.45569   1.44    0.1505"),
      Difference(
        "days: 2        8.71009     7.27954   1.20    0.2315",
        "days: 2        8.71009     7.28393   1.20    0.2318"),
      Difference(
        "days: 3       26.3402      8.51975   3.09    0.0020",
        "days: 3       26.3402      8.52284   3.09    0.0020"),
      Difference(
        "days: 4       31.9976      9.2035    3.48    0.0005",
        "days: 4       31.9976      9.20488   3.48    0.0005"),
      Difference(
        "days: 5       51.8666     11.4012    4.55    <1e-05",
        "days: 5       51.8666     11.3957    4.55    <1e-05"),
      Difference(
        "days: 6       55.5265     14.6995    3.78    0.0002",
        "days: 6       55.5264     14.708     3.78    0.0002"),
      Difference(
        "days: 7       62.0988     10.1269    6.13    <1e-09",
        "days: 7       62.0988     10.1303    6.13    <1e-09"),
      Difference(
        "days: 8       79.9777     13.3283    6.00    <1e-08",
        "days: 8       79.9777     13.3236    6.00    <1e-08"),
      Difference(
        "days: 9       94.1994     13.1733    7.15    <1e-12",
        "days: 9       94.1994     13.1575    7.16    <1e-12"),
    ])

  static let categoricalSeparate = SeedTable(
    formula: "reaction ~ 1 + days + (1|subj) + (days|subj)", dataset: .sleepstudy,
    hasCategoricalDays: true,
    text: """
      Linear mixed model fit by maximum likelihood
       reaction ~ 1 + days + (1 | subj) + (days | subj)
         logLik   -2 logLik     AIC       AICc        BIC    
        -827.7749  1655.5498  1769.5498  1823.7465  1951.5483

      Variance components:
                  Column    Variance Std.Dev.  Corr.
      subj     (Intercept)   789.6792 28.1012
               days: 1         0.0000  0.0000   .  
               days: 2       357.7766 18.9150   .    +NaN
               days: 3       684.7231 26.1672   .    +NaN +0.81
               days: 4       949.6394 30.8162   .    +NaN +0.57 +0.91
               days: 5      1751.2433 41.8479   .    +NaN +0.26 +0.66 +0.87
               days: 6      3357.4474 57.9435   .    +NaN +0.45 +0.72 +0.80 +0.76
               days: 7      1539.1760 39.2323   .    +NaN +0.39 +0.42 +0.59 +0.62 +0.71
               days: 8      2735.1879 52.2990   .    +NaN +0.22 +0.52 +0.75 +0.93 +0.72 +0.75
               days: 9      2767.1610 52.6038   .    +NaN -0.05 +0.28 +0.57 +0.80 +0.34 +0.52 +0.87
      Residual               135.0061 11.6192
       Number of obs: 180; levels of grouping factors: 18

        Fixed-effects parameters:
      ───────────────────────────────────────────────────
                       Coef.  Std. Error      z  Pr(>|z|)
      ───────────────────────────────────────────────────
      (Intercept)  256.652       7.16738  35.81    <1e-99
      days: 1        7.84395     3.87307   2.03    0.0428
      days: 2        8.71009     5.90569   1.47    0.1402
      days: 3       26.3402      7.28291   3.62    0.0003
      days: 4       31.9976      8.23155   3.89    0.0001
      days: 5       51.8667     10.5968    4.89    <1e-06
      days: 6       55.5265     14.196     3.91    <1e-04
      days: 7       62.0988     10.0255    6.19    <1e-09
      days: 8       79.9777     12.9211    6.19    <1e-09
      days: 9       94.1994     12.9897    7.25    <1e-12
      ───────────────────────────────────────────────────
      """,
    differences: [
      Difference(
        "  -827.7749  1655.5498  1769.5498  1823.7465  1951.5483",
        "  -815.8996  1631.7993  1745.7993  1799.9960  1927.7978"),
      Difference(
        "            Column    Variance Std.Dev.  Corr.",
        "            Column    Variance  Std.Dev.   Corr."),
      Difference(
        "subj     (Intercept)   789.6792 28.1012",
        "subj     (Intercept)   916.07398 30.26671"),
      Difference(
        "         days: 1         0.0000  0.0000   .  ",
        "         days: 1       450.09737 21.21550   .  "),
      Difference(
        "         days: 2       357.7766 18.9150   .    +NaN",
        "         days: 2       845.04311 29.06963   .   +0.75"),
      Difference(
        "         days: 3       684.7231 26.1672   .    +NaN +0.81",
        "         days: 3      1207.22729 34.74518   .   +0.72 +0.88"),
      Difference(
        "         days: 4       949.6394 30.8162   .    +NaN +0.57 +0.91",
        "         days: 4      1427.09537 37.77692   .   +0.58 +0.66 +0.92"),
      Difference(
        "         days: 5      1751.2433 41.8479   .    +NaN +0.26 +0.66 +0.87",
        "         days: 5      2239.62930 47.32472   .   +0.45 +0.44 +0.70 +0.85"),
      Difference(
        "         days: 6      3357.4474 57.9435   .    +NaN +0.45 +0.72 +0.80 +0.76",
        "         days: 6      3784.05787 61.51470   .   +0.28 +0.48 +0.70 +0.78 +0.75"),
      Difference(
        "         days: 7      1539.1760 39.2323   .    +NaN +0.39 +0.42 +0.59 +0.62 +0.71",
        "         days: 7      1761.68969 41.97249   .   +0.20 +0.46 +0.50 +0.62 +0.64 +0.71"),
      Difference(
        "         days: 8      2735.1879 52.2990   .    +NaN +0.22 +0.52 +0.75 +0.93 +0.72 +0.75",
        "         days: 8      3098.70790 55.66604   .   +0.27 +0.35 +0.56 +0.73 +0.90 +0.73 +0.74"),
      Difference(
        "         days: 9      2767.1610 52.6038   .    +NaN -0.05 +0.28 +0.57 +0.80 +0.34 +0.52 +0.87",
        "         days: 9      3053.06535 55.25455   .   +0.25 +0.15 +0.38 +0.59 +0.78 +0.38 +0.53 +0.86"
      ),
      Difference(
        "Residual               135.0061 11.6192",
        "Residual                35.65730  5.97137"),
      Difference(
        "(Intercept)  256.652       7.16738  35.81    <1e-99",
        "(Intercept)  256.652       7.27145  35.30    <1e-99"),
      Difference(
        "days: 1        7.84395     3.87307   2.03    0.0428",
        "days: 1        7.84395     5.38213   1.46    0.1450"),
      Difference(
        "days: 2        8.71009     5.90569   1.47    0.1402",
        "days: 2        8.71009     7.13504   1.22    0.2222"),
      Difference(
        "days: 3       26.3402      7.28291   3.62    0.0003",
        "days: 3       26.3402      8.42794   3.13    0.0018"),
      Difference(
        "days: 4       31.9976      8.23155   3.89    0.0001",
        "days: 4       31.9976      9.12387   3.51    0.0005"),
      Difference(
        "days: 5       51.8667     10.5968    4.89    <1e-06",
        "days: 5       51.8666     11.3307    4.58    <1e-05"),
      Difference(
        "days: 6       55.5265     14.196     3.91    <1e-04",
        "days: 6       55.5264     14.6351    3.79    0.0001"),
      Difference(
        "days: 7       62.0988     10.0255    6.19    <1e-09",
        "days: 7       62.0988     10.0913    6.15    <1e-09"),
      Difference(
        "days: 8       79.9777     12.9211    6.19    <1e-09",
        "days: 8       79.9777     13.2707    6.03    <1e-08"),
      Difference(
        "days: 9       94.1994     12.9897    7.25    <1e-12",
        "days: 9       94.1994     13.1748    7.15    <1e-12"),
    ])

  static let categoricalFullDummy = SeedTable(
    formula: "reaction ~ 1 + days + (1 + fulldummy(days)|subj)", dataset: .sleepstudy,
    hasCategoricalDays: true, isIdentified: false,
    text: """
      Linear mixed model fit by maximum likelihood
       reaction ~ 1 + days + (1 + days | subj)
         logLik   -2 logLik     AIC       AICc        BIC    
        -805.3991  1610.7982  1764.7982  1882.5630  2010.6559

      Variance components:
                  Column    Variance  Std.Dev.   Corr.
      subj     (Intercept)   727.90862 26.97978
               days: 0       499.02116 22.33878 -0.22
               days: 1       381.88986 19.54200 -0.07 +0.44
               days: 2       463.96481 21.53984 -0.34 +0.05 +0.53
               days: 3       379.47587 19.48014 +0.28 -0.45 +0.18 +0.63
               days: 4       327.96770 18.10988 +0.65 -0.82 -0.38 -0.07 +0.66
               days: 5      1051.33792 32.42434 +0.42 -0.52 -0.30 -0.27 +0.20 +0.62
               days: 6      2321.59696 48.18295 +0.27 -0.48 -0.44 -0.08 +0.36 +0.58 +0.54
               days: 7      1134.97511 33.68939 +0.27 -0.12 -0.28 +0.06 -0.03 +0.18 +0.32 +0.48
               days: 8      1870.82916 43.25308 +0.35 -0.41 -0.41 -0.27 +0.04 +0.45 +0.82 +0.55 +0.55
               days: 9      2277.31514 47.72122 +0.47 -0.14 -0.15 -0.34 -0.10 +0.32 +0.67 +0.07 +0.32 +0.78
      Residual                19.21115  4.38305
       Number of obs: 180; levels of grouping factors: 18

        Fixed-effects parameters:
      ───────────────────────────────────────────────────
                       Coef.  Std. Error      z  Pr(>|z|)
      ───────────────────────────────────────────────────
      (Intercept)  256.652       7.36068  34.87    <1e-99
      days: 1        7.84395     5.4558    1.44    0.1505
      days: 2        8.71009     7.28336   1.20    0.2317
      days: 3       26.3402      8.52163   3.09    0.0020
      days: 4       31.9976      9.20409   3.48    0.0005
      days: 5       51.8667     11.3962    4.55    <1e-05
      days: 6       55.5265     14.7077    3.78    0.0002
      days: 7       62.0988     10.1303    6.13    <1e-09
      days: 8       79.9777     13.3249    6.00    <1e-08
      days: 9       94.1994     13.1611    7.16    <1e-12
      ───────────────────────────────────────────────────
      """,
    differences: [
      Difference(
        "  -805.3991  1610.7982  1764.7982  1882.5630  2010.6559",
        "  -805.3991  1610.7982  1764.7982  1882.5629  2010.6559"),
      Difference(
        "(Intercept)  256.652       7.36068  34.87    <1e-99",
        "(Intercept)  256.652       7.35962  34.87    <1e-99"),
      Difference(
        "days: 1        7.84395     5.4558    1.44    0.1505",
        "days: 1        7.84395     5.45569   1.44    0.1505"),
      Difference(
        "days: 2        8.71009     7.28336   1.20    0.2317",
        "days: 2        8.71009     7.28393   1.20    0.2318"),
      Difference(
        "days: 3       26.3402      8.52163   3.09    0.0020",
        "days: 3       26.3402      8.52284   3.09    0.0020"),
      Difference(
        "days: 4       31.9976      9.20409   3.48    0.0005",
        "days: 4       31.9976      9.20488   3.48    0.0005"),
      Difference(
        "days: 5       51.8667     11.3962    4.55    <1e-05",
        "days: 5       51.8666     11.3957    4.55    <1e-05"),
      Difference(
        "days: 6       55.5265     14.7077    3.78    0.0002",
        "days: 6       55.5264     14.708     3.78    0.0002"),
      Difference(
        "days: 8       79.9777     13.3249    6.00    <1e-08",
        "days: 8       79.9777     13.3236    6.00    <1e-08"),
      Difference(
        "days: 9       94.1994     13.1611    7.16    <1e-12",
        "days: 9       94.1994     13.1575    7.16    <1e-12"),
    ])
}
