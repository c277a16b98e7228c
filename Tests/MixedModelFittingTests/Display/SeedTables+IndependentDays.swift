// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

// The tables of the MixedModels.jl 4.31 documentation for sleepstudy with `days` as categories and
// independent effects.
//
// Where that program stopped short of the optimum, a line of ours differs in its last digits; both
// lines stand here.

extension SeedTable {
  static let categoricalZeroCorrelation = SeedTable(
    formula: "reaction ~ 1 + days + zerocorr(1 + days|subj)", dataset: .sleepstudy,
    hasCategoricalDays: true,
    text: """
      Linear mixed model fit by maximum likelihood
       reaction ~ 1 + days + zerocorr(1 + days | subj)
         logLik   -2 logLik     AIC       AICc        BIC    
        -882.9138  1765.8276  1807.8276  1813.6757  1874.8797

      Variance components:
                  Column    Variance Std.Dev.  Corr.
      subj     (Intercept)   958.4877 30.9595
               days: 1         0.0000  0.0000   .  
               days: 2         0.0000  0.0000   .     .  
               days: 3         0.0000  0.0000   .     .     .  
               days: 4         0.0000  0.0000   .     .     .     .  
               days: 5       519.6167 22.7951   .     .     .     .     .  
               days: 6      1704.1051 41.2808   .     .     .     .     .     .  
               days: 7       608.7869 24.6736   .     .     .     .     .     .     .  
               days: 8      1273.0228 35.6794   .     .     .     .     .     .     .     .  
               days: 9      1753.8569 41.8791   .     .     .     .     .     .     .     .     .  
      Residual               434.8673 20.8535
       Number of obs: 180; levels of grouping factors: 18

        Fixed-effects parameters:
      ───────────────────────────────────────────────────
                       Coef.  Std. Error      z  Pr(>|z|)
      ───────────────────────────────────────────────────
      (Intercept)  256.652       8.79822  29.17    <1e-99
      days: 1        7.84395     6.95116   1.13    0.2591
      days: 2        8.71009     6.95116   1.25    0.2102
      days: 3       26.3402      6.95116   3.79    0.0002
      days: 4       31.9976      6.95116   4.60    <1e-05
      days: 5       51.8667      8.78557   5.90    <1e-08
      days: 6       55.5265     11.9579    4.64    <1e-05
      days: 7       62.0988      9.06312   6.85    <1e-11
      days: 8       79.9777     10.9106    7.33    <1e-12
      days: 9       94.1994     12.0729    7.80    <1e-14
      ───────────────────────────────────────────────────
      """,
    differences: [
      Difference(
        "subj     (Intercept)   958.4877 30.9595",
        "subj     (Intercept)   958.5311 30.9602"),
      Difference(
        "         days: 5       519.6167 22.7951   .     .     .     .     .  ",
        "         days: 5       519.5971 22.7947   .     .     .     .     .  "),
      Difference(
        "         days: 6      1704.1051 41.2808   .     .     .     .     .     .  ",
        "         days: 6      1703.9025 41.2784   .     .     .     .     .     .  "),
      Difference(
        "         days: 7       608.7869 24.6736   .     .     .     .     .     .     .  ",
        "         days: 7       608.7807 24.6735   .     .     .     .     .     .     .  "),
      Difference(
        "         days: 8      1273.0228 35.6794   .     .     .     .     .     .     .     .  ",
        "         days: 8      1273.0507 35.6798   .     .     .     .     .     .     .     .  "),
      Difference(
        "         days: 9      1753.8569 41.8791   .     .     .     .     .     .     .     .     .  ",
        "         days: 9      1753.9477 41.8802   .     .     .     .     .     .     .     .     .  "
      ),
      Difference(
        "Residual               434.8673 20.8535",
        "Residual               434.8687 20.8535"),
      Difference(
        "(Intercept)  256.652       8.79822  29.17    <1e-99",
        "(Intercept)  256.652       8.79836  29.17    <1e-99"),
      Difference(
        "days: 1        7.84395     6.95116   1.13    0.2591",
        "days: 1        7.84395     6.95117   1.13    0.2591"),
      Difference(
        "days: 2        8.71009     6.95116   1.25    0.2102",
        "days: 2        8.71009     6.95117   1.25    0.2102"),
      Difference(
        "days: 3       26.3402      6.95116   3.79    0.0002",
        "days: 3       26.3402      6.95117   3.79    0.0002"),
      Difference(
        "days: 4       31.9976      6.95116   4.60    <1e-05",
        "days: 4       31.9976      6.95117   4.60    <1e-05"),
      Difference(
        "days: 5       51.8667      8.78557   5.90    <1e-08",
        "days: 5       51.8667      8.78551   5.90    <1e-08"),
      Difference(
        "days: 6       55.5265     11.9579    4.64    <1e-05",
        "days: 6       55.5264     11.9574    4.64    <1e-05"),
      Difference(
        "days: 7       62.0988      9.06312   6.85    <1e-11",
        "days: 7       62.0988      9.06311   6.85    <1e-11"),
      Difference(
        "days: 8       79.9777     10.9106    7.33    <1e-12",
        "days: 8       79.9777     10.9107    7.33    <1e-12"),
      Difference(
        "days: 9       94.1994     12.0729    7.80    <1e-14",
        "days: 9       94.1994     12.0731    7.80    <1e-14"),
    ])

  static let categoricalSeparateZeroCorrelation = SeedTable(
    formula: "reaction ~ 1 + days + (1|subj) + zerocorr(days|subj)", dataset: .sleepstudy,
    hasCategoricalDays: true,
    text: """
      Linear mixed model fit by maximum likelihood
       reaction ~ 1 + days + (1 | subj) + zerocorr(days | subj)
         logLik   -2 logLik     AIC       AICc        BIC    
        -882.9138  1765.8276  1807.8276  1813.6757  1874.8797

      Variance components:
                  Column    Variance Std.Dev.  Corr.
      subj     (Intercept)   958.4877 30.9595
               days: 1         0.0000  0.0000   .  
               days: 2         0.0000  0.0000   .     .  
               days: 3         0.0000  0.0000   .     .     .  
               days: 4         0.0000  0.0000   .     .     .     .  
               days: 5       519.6167 22.7951   .     .     .     .     .  
               days: 6      1704.1051 41.2808   .     .     .     .     .     .  
               days: 7       608.7869 24.6736   .     .     .     .     .     .     .  
               days: 8      1273.0228 35.6794   .     .     .     .     .     .     .     .  
               days: 9      1753.8569 41.8791   .     .     .     .     .     .     .     .     .  
      Residual               434.8673 20.8535
       Number of obs: 180; levels of grouping factors: 18

        Fixed-effects parameters:
      ───────────────────────────────────────────────────
                       Coef.  Std. Error      z  Pr(>|z|)
      ───────────────────────────────────────────────────
      (Intercept)  256.652       8.79822  29.17    <1e-99
      days: 1        7.84395     6.95116   1.13    0.2591
      days: 2        8.71009     6.95116   1.25    0.2102
      days: 3       26.3402      6.95116   3.79    0.0002
      days: 4       31.9976      6.95116   4.60    <1e-05
      days: 5       51.8667      8.78557   5.90    <1e-08
      days: 6       55.5265     11.9579    4.64    <1e-05
      days: 7       62.0988      9.06312   6.85    <1e-11
      days: 8       79.9777     10.9106    7.33    <1e-12
      days: 9       94.1994     12.0729    7.80    <1e-14
      ───────────────────────────────────────────────────
      """,
    differences: [
      Difference(
        "subj     (Intercept)   958.4877 30.9595",
        "subj     (Intercept)   958.5311 30.9602"),
      Difference(
        "         days: 5       519.6167 22.7951   .     .     .     .     .  ",
        "         days: 5       519.5971 22.7947   .     .     .     .     .  "),
      Difference(
        "         days: 6      1704.1051 41.2808   .     .     .     .     .     .  ",
        "         days: 6      1703.9025 41.2784   .     .     .     .     .     .  "),
      Difference(
        "         days: 7       608.7869 24.6736   .     .     .     .     .     .     .  ",
        "         days: 7       608.7807 24.6735   .     .     .     .     .     .     .  "),
      Difference(
        "         days: 8      1273.0228 35.6794   .     .     .     .     .     .     .     .  ",
        "         days: 8      1273.0507 35.6798   .     .     .     .     .     .     .     .  "),
      Difference(
        "         days: 9      1753.8569 41.8791   .     .     .     .     .     .     .     .     .  ",
        "         days: 9      1753.9477 41.8802   .     .     .     .     .     .     .     .     .  "
      ),
      Difference(
        "Residual               434.8673 20.8535",
        "Residual               434.8687 20.8535"),
      Difference(
        "(Intercept)  256.652       8.79822  29.17    <1e-99",
        "(Intercept)  256.652       8.79836  29.17    <1e-99"),
      Difference(
        "days: 1        7.84395     6.95116   1.13    0.2591",
        "days: 1        7.84395     6.95117   1.13    0.2591"),
      Difference(
        "days: 2        8.71009     6.95116   1.25    0.2102",
        "days: 2        8.71009     6.95117   1.25    0.2102"),
      Difference(
        "days: 3       26.3402      6.95116   3.79    0.0002",
        "days: 3       26.3402      6.95117   3.79    0.0002"),
      Difference(
        "days: 4       31.9976      6.95116   4.60    <1e-05",
        "days: 4       31.9976      6.95117   4.60    <1e-05"),
      Difference(
        "days: 5       51.8667      8.78557   5.90    <1e-08",
        "days: 5       51.8667      8.78551   5.90    <1e-08"),
      Difference(
        "days: 6       55.5265     11.9579    4.64    <1e-05",
        "days: 6       55.5264     11.9574    4.64    <1e-05"),
      Difference(
        "days: 7       62.0988      9.06312   6.85    <1e-11",
        "days: 7       62.0988      9.06311   6.85    <1e-11"),
      Difference(
        "days: 8       79.9777     10.9106    7.33    <1e-12",
        "days: 8       79.9777     10.9107    7.33    <1e-12"),
      Difference(
        "days: 9       94.1994     12.0729    7.80    <1e-14",
        "days: 9       94.1994     12.0731    7.80    <1e-14"),
    ])

  static let categoricalZeroCorrelationFullDummy = SeedTable(
    formula: "reaction ~ 1 + days + zerocorr(1 + fulldummy(days)|subj)", dataset: .sleepstudy,
    hasCategoricalDays: true, isIdentified: false,
    text: """
      Linear mixed model fit by maximum likelihood
       reaction ~ 1 + days + zerocorr(1 + days | subj)
         logLik   -2 logLik     AIC       AICc        BIC    
        -878.9843  1757.9686  1801.9686  1808.4145  1872.2137

      Variance components:
                  Column    Variance  Std.Dev.   Corr.
      subj     (Intercept)  1135.22369 33.69308
               days: 0       775.53471 27.84842   .  
               days: 1       357.33070 18.90319   .     .  
               days: 2       221.08627 14.86897   .     .     .  
               days: 3         0.00000  0.00000   .     .     .     .  
               days: 4        44.25126  6.65216   .     .     .     .     .  
               days: 5       670.03272 25.88499   .     .     .     .     .     .  
               days: 6      1739.38985 41.70599   .     .     .     .     .     .     .  
               days: 7       908.48034 30.14101   .     .     .     .     .     .     .     .  
               days: 8      1457.44632 38.17652   .     .     .     .     .     .     .     .     .  
               days: 9      2027.51717 45.02796   .     .     .     .     .     .     .     .     .     .  
      Residual               181.13013 13.45846
       Number of obs: 180; levels of grouping factors: 18

        Fixed-effects parameters:
      ───────────────────────────────────────────────────
                       Coef.  Std. Error      z  Pr(>|z|)
      ───────────────────────────────────────────────────
      (Intercept)  256.652      10.7804   23.81    <1e-99
      days: 1        7.84395     9.11387   0.86    0.3894
      days: 2        8.71009     8.68869   1.00    0.3161
      days: 3       26.3402      7.95052   3.31    0.0009
      days: 4       31.9976      8.10366   3.95    <1e-04
      days: 5       51.8666     10.0217    5.18    <1e-06
      days: 6       55.5264     12.6429    4.39    <1e-04
      days: 7       62.0988     10.6622    5.82    <1e-08
      days: 8       79.9777     12.0075    6.66    <1e-10
      days: 9       94.1994     13.2609    7.10    <1e-11
      ───────────────────────────────────────────────────
      """,
    differences: [
      Difference(
        "(Intercept)  256.652      10.7804   23.81    <1e-99",
        "(Intercept)  256.652      10.7809   23.81    <1e-99"),
      Difference(
        "days: 1        7.84395     9.11387   0.86    0.3894",
        "days: 1        7.84395     9.11496   0.86    0.3895"),
      Difference(
        "days: 2        8.71009     8.68869   1.00    0.3161",
        "days: 2        8.71009     8.68899   1.00    0.3161"),
      Difference(
        "days: 3       26.3402      7.95052   3.31    0.0009",
        "days: 3       26.3402      7.9508    3.31    0.0009"),
      Difference(
        "days: 4       31.9976      8.10366   3.95    <1e-04",
        "days: 4       31.9976      8.10425   3.95    <1e-04"),
      Difference(
        "days: 5       51.8666     10.0217    5.18    <1e-06",
        "days: 5       51.8667     10.0223    5.18    <1e-06"),
      Difference(
        "days: 6       55.5264     12.6429    4.39    <1e-04",
        "days: 6       55.5264     12.644     4.39    <1e-04"),
      Difference(
        "days: 7       62.0988     10.6622    5.82    <1e-08",
        "days: 7       62.0988     10.6628    5.82    <1e-08"),
      Difference(
        "days: 8       79.9777     12.0075    6.66    <1e-10",
        "days: 8       79.9777     12.0083    6.66    <1e-10"),
      Difference(
        "days: 9       94.1994     13.2609    7.10    <1e-11",
        "days: 9       94.1994     13.2617    7.10    <1e-11"),
    ])
}
